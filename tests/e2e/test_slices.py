"""Every part of the product from end to end, as a person or a partner meets it."""

import os
import signal
import time
from datetime import UTC, datetime

import httpx
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_S = 90


def eventually(check, patience_s=PATIENCE_S):
    """The first true answer of `check`; the last one when patience ends."""
    deadline = time.monotonic() + patience_s
    while not (found := check()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def all_drawn(page):
    page.wait_for_function(
        "() => { const c = [...document.querySelectorAll('[data-widget]')];"
        " return c.length && c.every(e => e.dataset.drawn === '1'"
        " || e.dataset.state === 'empty'); }",
        timeout=30_000,
    )


def api(product, role):
    headers = {"Authorization": f"Bearer {product.token(role)}"}
    return httpx.Client(base_url=f"{product.url}/api/v1", headers=headers, timeout=30)


def results(client, path):
    return client.get(path).raise_for_status().json()["results"]


@pytest.mark.parametrize("slug", ["sales", "flights", "flight-delays"])
def test_a_demo_dashboard_is_drawn_whole_and_in_six_kinds(product, as_person, slug):
    page = as_person("admin")
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.goto(f"{product.url}/d/{slug}/")
    all_drawn(page)
    kinds = page.evaluate(
        "[...document.querySelectorAll('[data-widget][data-drawn=\"1\"]')].map(e => e.dataset.kind)"
    )
    assert len(set(kinds)) >= 6
    assert problems == []


def test_live_cards_move_without_a_reload(product, as_person):
    page = as_person("admin")
    page.goto(f"{product.url}/d/live-operations/")
    all_drawn(page)
    page.wait_for_selector("[data-live-state=live], .live--live, [data-live=live]", timeout=20_000)
    number = page.locator("[data-kind=big_number]").first
    before = number.inner_text()
    moved = eventually(lambda: number.inner_text() != before, 30)
    assert moved, before


def test_prediction_a_forecast_and_its_record_lie_on_the_chart(product, as_person):
    client = api(product, "admin")
    forecasts = eventually(lambda: len(results(client, "/forecasts/")) >= 3)
    assert forecasts
    one = results(client, "/forecasts/")[0]
    assert one["method"]
    assert {"error", "naive_error"} <= set(one["record"])
    flights = next(m for m in results(client, "/metrics/") if m["slug"] == "daily-flights")
    found = eventually(lambda: client.get(f"/anomalies/?metric={flights['id']}").json()["results"])
    assert all(len(point["votes"]) >= 2 for point in found)


def test_insight_a_card_tells_checked_figures(product, as_person):
    client = api(product, "admin")
    assert eventually(lambda: results(client, "/insights/"))
    page = as_person("admin")
    page.goto(f"{product.url}/d/sales/")
    all_drawn(page)
    card = page.locator("[data-kind=insight]").first
    assert any(letter.isdigit() for letter in card.inner_text())


def test_alert_a_rule_fires_on_live_rows_and_mails_once(product):
    client = api(product, "admin")
    streams = results(client, "/datasets/")
    dataset = next(item for item in streams if item["slug"] == "departures")
    rule = {
        "name": "Any departure at all",
        "dataset": dataset["id"],
        "query": {"measures": ["departures"]},
        "window_s": 60,
        "comparison": "above",
        "threshold": 0,
    }
    made = client.post("/rules/", json=rule)
    assert made.status_code == 201, made.text
    rule_id = made.json()["id"]
    opened = eventually(
        lambda: [i for i in results(client, "/incidents/") if i["rule"] == rule_id], 30
    )
    assert len(opened) == 1
    session = product.session("admin")
    assert eventually(lambda: "Any departure at all" in session.get("/outbox/").text, 40)


def test_report_a_preview_arrives_as_pdf_in_the_outbox(product, as_person):
    page = as_person("admin")
    page.goto(f"{product.url}/reports/")
    assert "Sales, every Monday" in page.content()
    page.goto(page.locator("a", has_text="Sales, every Monday").first.evaluate("a => a.href"))
    page.locator("button", has_text="now").first.click()
    session = product.session("admin")

    def letter():
        outbox = session.get("/outbox/").text
        return next(
            (line for line in outbox.split('href="') if "/outbox/" in line and "Sales" in line), ""
        )

    assert eventually(letter, 300)  # behind the first forecasts, on a busy machine
    path = letter().split('"')[0]
    files = [part.split('"')[0] for part in session.get(path).text.split('class="file" href="')[1:]]
    pdf = session.get(files[0])
    assert pdf.content.startswith(b"%PDF")
    assert len(pdf.content) > 20_000


def test_api_a_partner_signs_in_asks_and_sends(product):
    client = api(product, "admin")
    sales = next(item for item in results(client, "/datasets/") if item["slug"] == "sales")
    question = {"dataset": sales["id"], "measures": ["sales"], "dimensions": ["region"]}
    answer = client.post("/query/", json=question).raise_for_status()
    assert len(answer.json()["data"][0]) == 4
    wrong = client.post("/query/", json={**question, "dimensions": ["regio"]})
    assert wrong.status_code == 400
    assert wrong.headers["Content-Type"] == "application/problem+json"
    assert wrong.json()["field"] == "dimensions"
    event = {"at": datetime.now(UTC).isoformat(), "carrier": "UA", "departure_delay": "late"}
    good = {**event, "departure_delay": 3}
    sent = api(product, "feeder").post("/streams/departures/events/", json=[good, event])
    assert sent.status_code == 202
    assert sent.json()["accepted"] == 1
    assert sent.json()["errors"][0]["column"] == "departure_delay"
    schema = client.get("/schema/", headers={"Accept": "application/json"}).json()
    assert schema["openapi"].startswith("3.1")
    assert client.get("/docs/").status_code == 200


def test_permissions_the_viewer_sees_own_rows_and_only_what_is_shared(product, as_person):
    question = {"measures": ["sales"], "dimensions": ["region"]}
    seen = {}
    for role in ("admin", "viewer"):
        client = api(product, role)
        sales = next(item for item in results(client, "/datasets/") if item["slug"] == "sales")
        answer = client.post("/query/", json={"dataset": sales["id"], **question}).json()
        seen[role] = set(answer["data"][0])
    assert seen["admin"] == {"East", "West", "Central", "South"}
    assert seen["viewer"] == {"West"}
    page = as_person("viewer")
    assert page.goto(f"{product.url}/d/flights/").status == 200  # granted
    assert page.goto(f"{product.url}/d/sales/?edit=1").status in (200, 403, 404)
    assert page.locator("[data-edit-mode=on]").count() == 0
    other = as_person("editor")
    assert other.goto(f"{product.url}/d/flights/").status == 404  # private, not granted


def test_operations_health_readiness_and_metrics(product):
    assert httpx.get(f"{product.url}/healthz").status_code == 200
    ready = httpx.get(f"{product.url}/readyz").json()
    assert ready["ready"] is True
    assert "sightline" in httpx.get(f"{product.url}/metrics").text


def test_the_schedule_is_in_the_database_for_admins(product):
    session = product.session("admin")
    page = session.get("/admin/django_celery_beat/periodictask/")
    assert page.status_code == 200
    assert "evaluate alert rules" in page.text


def test_stopping_the_feed_is_shown_and_heals(product, as_person):
    pid = product.pid("feeder")
    page = as_person("admin")
    page.goto(f"{product.url}/d/live-operations/")
    all_drawn(page)
    os.kill(pid, signal.SIGSTOP)
    try:
        page.wait_for_function(
            "() => /late/i.test(document.querySelector('.live')?.innerText || '')", timeout=60_000
        )
    finally:
        os.kill(pid, signal.SIGCONT)
    page.wait_for_function(
        "() => /live/i.test(document.querySelector('.live')?.innerText || '')", timeout=60_000
    )


def test_a_killed_web_part_comes_back_and_the_page_heals(product, as_person):
    page = as_person("admin")
    page.goto(f"{product.url}/d/live-operations/")
    all_drawn(page)
    os.kill(product.pid("web"), signal.SIGKILL)
    page.wait_for_function(
        "() => !/^live/i.test(document.querySelector('.live')?.innerText.trim() || '')",
        timeout=30_000,
    )
    page.wait_for_function(
        "() => /^live/i.test(document.querySelector('.live')?.innerText.trim() || '')",
        timeout=90_000,
    )
    # The web part is back when its socket is; what it asks may take a busy machine longer.
    assert httpx.get(f"{product.url}/readyz", timeout=60).json()["ready"] is True
