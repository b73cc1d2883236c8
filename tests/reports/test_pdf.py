import io
import socket
import threading
from dataclasses import replace
from types import SimpleNamespace

import orjson
import pytest
from pypdf import PdfReader

from apps.accounts import services as accounts
from apps.datasources import services as datasources
from apps.datasources.models import RowPolicy
from apps.reports import cards
from apps.reports.errors import ReportError
from apps.reports.pdf import Paper, dashboard_pdf, shares
from apps.reports.press.typesetting import typeset
from apps.reports.presses import Pdf
from apps.widgets import render
from apps.widgets.view import View
from tests.reports.conftest import place


def read(made):
    reader = PdfReader(io.BytesIO(made.body))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) == made.pages
    return reader, pages


def test_every_card_is_on_paper_as_text_with_the_facts_that_a_reader_needs(dashboard, view, viewer):
    view = View(view.time_from, view.time_to, (("region", ("West",)),), timezone="Europe/Berlin")
    reader, pages = read(dashboard_pdf(dashboard, view, viewer, Paper(), title="Weekly sales"))
    text = " ".join(" ".join(pages).split())
    for widget in dashboard.placements.values_list("widget__title", flat=True):
        assert widget in text
    for word in ("Weekly sales", "Commerce", "Region: West", "Europe/Berlin", "Figures as of"):
        assert word in text
    assert viewer.email in text
    assert "Revenue from € 10 to € 16" in text  # the line chart in one sentence
    assert "€ 1,557" in text  # West alone, by the big number
    assert "East" not in text
    assert reader.metadata.title == "Weekly sales"
    assert [f"{n + 1} / {len(pages)}" in page for n, page in enumerate(pages)] == [True] * len(
        pages
    )


@pytest.mark.parametrize(
    ("paper", "millimetres"),
    [
        (Paper(), (210, 297)),
        (Paper("letter"), (216, 279)),
        (Paper("A4", is_landscape=True), (297, 210)),
    ],
)
def test_the_sheet_is_the_one_that_was_chosen(dashboard, view, viewer, paper, millimetres):
    reader, _pages = read(dashboard_pdf(dashboard, view, viewer, paper))
    box = reader.pages[0].mediabox
    assert (round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) == (
        millimetres
    )


def test_a_card_is_printed_as_its_reader_drilled_into_it(empty_dashboard, orders, view, viewer):
    finer = orders.columns.get(name="cost")
    finer.parent = orders.columns.get(name="region")
    finer.save()
    orders.version += 1
    orders.save()
    query = {"measures": ["revenue"], "dimensions": ["region"]}
    at = [(0, 0, 12, 6), (12, 0, 12, 6)]
    drilled, _whole = (
        place(empty_dashboard, orders, title, "table", query, spot)
        for title, spot in zip(("Drilled", "Whole"), at, strict=True)
    )
    cards = {str(drilled.widget_id): {"path": [["region", "West", "cost"]]}}
    made = dashboard_pdf(empty_dashboard, view, viewer, Paper(), cards=cards)
    text = " ".join(read(made)[1])
    assert text.count("East") == 1  # in the card that is as the page
    assert text.count("West") == 2  # there, and below the card that is narrowed to it
    whole = dashboard_pdf(empty_dashboard, view, viewer, Paper())
    assert " ".join(read(whole)[1]).count("East") == 2


def test_tabs_stand_under_each_other_each_with_its_title(empty_dashboard, orders, view, viewer):
    query = {"measures": ["orders"]}
    for i, title in enumerate(("First tab", "Second tab")):
        at = (0, i * 4, 24, 1)
        place(empty_dashboard, None, title, "section", {}, at, shown_as="tab")
        place(empty_dashboard, orders, f"Card {i}", "big_number", query, (0, i * 4 + 1, 6, 3))
    _reader, pages = read(dashboard_pdf(empty_dashboard, view, viewer, Paper()))
    text = " ".join(pages)
    at = [text.index(title) for title in ("First tab", "Card 0", "Second tab", "Card 1")]
    assert at == sorted(at)


def test_a_long_table_runs_over_pages_with_its_header_on_each(
    empty_dashboard, orders, view, viewer
):
    query = {"columns": ["ordered_at", "region", "amount"], "limit": 240}
    place(empty_dashboard, orders, "Every order", "table", query, (12, 0, 12, 6), rows=240)
    _reader, pages = read(dashboard_pdf(empty_dashboard, view, viewer, Paper()))
    assert len(pages) >= 4
    assert all("Region" in page and "Amount" in page for page in pages)
    assert sum(page.count("West") for page in pages) == 120


def test_a_table_that_is_cut_says_how_many_rows_are_left(empty_dashboard, orders, view, viewer):
    query = {"columns": ["ordered_at", "amount"], "limit": 240}
    place(empty_dashboard, orders, "Orders", "table", query, (0, 0, 24, 6), rows=40)
    _reader, pages = read(dashboard_pdf(empty_dashboard, view, viewer, Paper()))
    assert "200 more are not shown" in " ".join(pages[-1].split())


def test_groups_that_are_left_out_are_counted_as_far_as_one_answer_reaches(
    empty_dashboard, orders, view, viewer, settings
):
    query = {"measures": ["revenue"], "dimensions": ["ordered_at"]}
    place(empty_dashboard, orders, "Times", "table", query, (0, 0, 24, 6), rows=7)
    whole = " ".join(
        " ".join(read(dashboard_pdf(empty_dashboard, view, viewer, Paper()))[1]).split()
    )
    assert "113 more are not shown" in whole
    settings.QUERY_MAX_ROWS = 50
    first = " ".join(
        " ".join(read(dashboard_pdf(empty_dashboard, view, viewer, Paper()))[1]).split()
    )
    assert "more than 43 others are not shown" in first


def test_a_table_has_room_for_its_figures_and_texts_give_way():
    columns = ({"label": "Remark", "numeric": False}, {"label": "Amount", "numeric": True})
    rows = (("word " * 40, "€ 1,234,567.89"),)
    card = cards.Content(None, None, {}, columns=columns, rows=rows)
    text, figure = shares(card, 200)
    assert text + figure == pytest.approx(100)
    assert figure / 100 * 200 >= 14 * 6.8
    assert shares(replace(card, columns=(), rows=()), 200) == ()


def test_a_card_without_data_says_so_and_is_no_failure(dashboard, viewer):
    view = View("2001-01-01T00:00:00Z", "2001-02-01T00:00:00Z")
    _reader, pages = read(dashboard_pdf(dashboard, view, viewer, Paper()))
    assert "No data in this period." in " ".join(pages)


@pytest.fixture
def canary():
    """A listening address; `heard` holds whoever called."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = []

        def listen():
            while True:
                try:
                    heard.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_what_people_write_is_text_and_never_fetched(empty_dashboard, orders, view, viewer, canary):
    port, heard = canary
    hostile = f"<img src=http://127.0.0.1:{port}/a><link rel=attachment href=file:/etc/hostname>"
    empty_dashboard.title = hostile
    empty_dashboard.description = f"<style>@import url(http://127.0.0.1:{port}/b);</style>"
    place(empty_dashboard, orders, hostile, "big_number", {"measures": ["revenue"]}, (0, 0, 24, 4))
    reader, pages = read(dashboard_pdf(empty_dashboard, view, viewer, Paper()))
    assert heard == []
    assert not reader.attachments
    assert "<img src=http://127.0.0.1" in "".join(pages).replace("\n", "")
    assert "@import" in pages[0]


def test_only_data_addresses_are_opened_even_from_markup_of_our_own(canary, tmp_path):
    port, heard = canary
    secret = tmp_path / "canary.txt"
    secret.write_text("the canary")
    html = f"""<link rel=stylesheet href=http://127.0.0.1:{port}/a>
        <link rel=attachment href=file://{secret}><img src=http://127.0.0.1:{port}/b>
        <p style="background: url(http://127.0.0.1:{port}/c)">Text</p>"""
    reader, pages = read(Pdf(*typeset(html, [])))  # here, where there is a network
    assert heard == []
    assert not reader.attachments
    assert pages[0].startswith("Text")


def test_a_recipient_gets_the_rows_of_their_own_policy(dashboard, orders, view, viewer, editor):
    RowPolicy.objects.filter(dataset=orders).delete()
    datasources.set_policy(
        orders,
        name="Own region",
        role="viewer",
        filters=[{"column": "region", "op": "in", "values": ["$region"]}],
    )
    viewer.attributes = {"region": "East"}
    viewer.save()
    accounts.touch_access([viewer.pk])
    viewer.refresh_from_db()
    narrowed = " ".join(read(dashboard_pdf(dashboard, view, viewer, Paper()))[1])
    whole = " ".join(read(dashboard_pdf(dashboard, view, editor, Paper()))[1])
    assert "East" in narrowed
    assert "West" not in narrowed
    assert "€ 600" in narrowed
    assert "West" in whole
    assert "€ 2,157" in whole


def test_a_card_on_a_dataset_that_the_reader_may_not_query_says_so(dashboard, orders, view, viewer):
    orders.is_restricted = True
    orders.save()
    accounts.touch_workspace(orders.workspace_id)
    viewer.refresh_from_db()
    text = " ".join(read(dashboard_pdf(dashboard, view, viewer, Paper()))[1])
    assert "You have no access to the data of this card." in text
    assert "1,557" not in text


def test_a_card_that_cannot_be_drawn_fails_the_run_and_is_named(dashboard, orders, view, viewer):
    place(dashboard, orders, "Broken", "line", {"measures": ["no_such"]}, (0, 40, 24, 5))
    with pytest.raises(ReportError, match=r"Broken.*no_such"):
        dashboard_pdf(dashboard, view, viewer, Paper())


def test_an_empty_picture_of_a_card_with_data_fails_the_run(dashboard, view, viewer, monkeypatch):
    real = render.svg

    def blank(kind, data, *rest):
        return real(kind, cards.without_rows(orjson.loads(data)), *rest)

    # what a faulty drawing would do: the frame without its marks, whatever the data
    monkeypatch.setattr(
        render,
        "svg",
        lambda kind, data, *r: (blank if type(data) is bytes else real)(kind, data, *r),
    )
    with pytest.raises(ReportError, match="came out empty although there is data"):
        dashboard_pdf(dashboard, view, viewer, Paper())


def test_an_old_kept_answer_is_not_printed_but_asked_anew(
    dashboard, orders, view, viewer, settings
):
    widget = dashboard.placements.get(widget__title="Revenue per day").widget
    first = cards.fresh(widget, view, viewer)
    settings.QUERY_FRESH_S = 0.2
    threading.Event().wait(0.3)
    later = cards.fresh(widget, view, viewer)
    assert later.computed_at > first.computed_at
    assert not later.stale


def test_the_cards_of_one_paper_wait_together_for_old_answers(dashboard, view, viewer, monkeypatch):
    real = cards.card_data
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now, sleep=None)

    def sleep(seconds):
        clock.now += seconds

    clock.sleep = sleep
    monkeypatch.setattr("apps.reports.cards.time", clock)
    monkeypatch.setattr("apps.reports.pdf.time", clock)
    never = {}  # answers that stay old, as of a source that is slower than their freshness

    def old(widget, *rest):
        if widget.pk not in never:
            never[widget.pk] = replace(real(widget, *rest), stale=True)
        return never[widget.pk]

    monkeypatch.setattr(cards, "card_data", old)
    dashboard_pdf(dashboard, view, viewer, Paper())
    assert len(never) > 1
    assert clock.now == pytest.approx(cards.FRESH_WAIT_S, abs=0.2)
