"""Pages: who sees what, what the address asks for, what the page promises to the browser."""

import json
import re

import pytest
from django.urls import reverse

from apps.accounts import services as accounts
from apps.alerts.models import Incident, Rule
from apps.dashboards.models import Dashboard, Visit
from apps.dashboards.urls import urlpatterns
from apps.datasources import services as datasources
from tests.dashboards.boards import CARDS, make_board

# name no dashboard and no card; Explore is about datasets (tests/dashboards/test_explore.py)
OPEN = {"home", "list", "new", "explore", "gallery", "gallery_data"}
OPEN |= {f"explore_{name}" for name in ("data", "csv", "sql", "values", "save")}


def address(pattern, board):
    """The URL of a pattern about this board or one of its cards."""
    text = str(pattern.pattern)
    known = {"slug": board.slug, "column": "region", "digest": "abc", "kind": "bar"}
    known |= {"form": "csv", "name": "abc.png"}
    known["pk"] = board.placements.first().widget_id
    return reverse(
        f"dashboards:{pattern.name}",
        kwargs={name: known[name] for name in known if f":{name}" in text},
    )


def about_one(patterns):
    return [pattern for pattern in patterns if pattern.name not in OPEN]


@pytest.mark.parametrize("pattern", about_one(urlpatterns), ids=lambda pattern: pattern.name)
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_address_answers_a_stranger_as_if_nothing_were_there(
    client, stranger, private, pattern, method
):
    client.force_login(stranger)
    answer = getattr(client, method)(address(pattern, private))
    assert answer.status_code in (404, 405)
    assert "Secret plan" not in answer.content.decode()


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_every_address_sends_who_is_not_signed_in_away(client, private, pattern):
    answer = client.get(address(pattern, private))
    assert answer.status_code in (302, 401, 405)


@pytest.mark.parametrize("pattern", about_one(urlpatterns), ids=lambda pattern: pattern.name)
def test_a_colleague_cannot_tell_a_private_dashboard_from_none(client, viewer, private, pattern):
    client.force_login(viewer)
    assert client.get(address(pattern, private)).status_code in (404, 405)


def test_a_grant_opens_a_private_dashboard(client, viewer, private):
    accounts.grant("view_dashboard", viewer, private)
    client.force_login(viewer)
    assert client.get("/d/private/").status_code == 200


def test_the_page_arrives_whole_under_a_strict_policy(client, viewer, board):
    client.force_login(viewer)
    answer = client.get("/d/sales/")
    page = answer.content.decode()
    for title, *_rest in CARDS:
        assert f">{title}</h2>" in page
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    nonce = re.search(r"'nonce-([^']+)'", policy)[1]
    assert f'<style nonce="{nonce}">' in page
    assert not re.search(r"<[^>]+\sstyle=", page)
    assert "edit=1" not in page


def test_done_leaves_the_form_behind_that_the_address_asked_for(client, editor, board):
    client.force_login(editor)
    page = client.get("/d/sales/?edit=1&card=7&new=line&from=2024-01-01").content.decode()
    done = re.search(r'id="done" href="([^"]*)"', page)[1]
    assert done == "?from=2024-01-01"


def test_the_page_escapes_what_people_wrote(client, viewer, board, orders):
    evil = "</script><img src=x onerror=alert(1)>"
    Dashboard.objects.update(title=evil)
    board.placements.first().widget.__class__.objects.update(title=evil)
    client.force_login(viewer)
    page = client.get("/d/sales/").content.decode()
    assert "<img src=x" not in page


def page_facts(answer):
    text = re.search(r'<script id="page"[^>]*>(.*?)</script>', answer.content.decode(), re.DOTALL)
    return json.loads(text[1])


def test_range_filters_zone_and_comparison_are_read_from_the_address(client, viewer, board):
    client.force_login(viewer)
    view = page_facts(
        client.get(
            "/d/sales/?from=now-7d/d&to=now&tz=Europe/Berlin&compare=previous&var-region=West"
        )
    )["view"]
    assert view == {
        "from": "now-7d/d",
        "to": "now",
        "timezone": "Europe/Berlin",
        "compare": "previous",
        "filters": {"region": ["West"]},
        "width": 640,
    }


@pytest.mark.parametrize(
    "bad", ["from=yesterdayish", "tz=Mars/Base", "compare=what", "from=2&to=1"]
)
def test_a_nonsense_address_opens_the_usual_view_and_says_so(client, viewer, board, bad):
    client.force_login(viewer)
    answer = client.get(f"/d/sales/?{bad}")
    assert answer.status_code == 200
    assert page_facts(answer)["view"]["from"] == board.time_from
    assert "notice--warn" in answer.content.decode()


def test_filter_values_come_with_counts_and_can_be_searched(client, viewer, board):
    client.force_login(viewer)
    text = client.get("/d/sales/filter/region/").content.decode()
    assert 'value="West"' in text
    assert ">120<" in text
    assert 'value="West"' not in client.get("/d/sales/filter/region/?q=eas").content.decode()


def test_filter_values_never_name_rows_that_a_policy_hides(client, viewer, board, orders):
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    datasources.set_policy(orders, "East only", "viewer", rows)
    client.force_login(viewer)
    text = client.get("/d/sales/filter/region/").content.decode()
    assert 'value="East"' in text
    assert "West" not in text


def test_a_filter_on_a_column_that_no_card_has_is_not_found(client, viewer, board):
    client.force_login(viewer)
    assert client.get("/d/sales/filter/password/").status_code == 404


def test_a_card_whose_data_one_may_not_query_says_so_and_shows_no_rows(
    client, viewer, board, orders
):
    orders.is_restricted = True
    orders.save()
    accounts.touch_access([viewer.pk])
    client.force_login(viewer)
    page = client.get("/d/sales/").content.decode()
    assert "You have no access to the data of this card." in page
    pk = board.placements.first().widget_id
    for path in ("data/", "data.csv", "query/", "picture/abc.svg"):
        assert client.get(f"/w/{pk}/{path}").status_code == 404


def test_home_shows_favourites_visits_and_open_incidents(client, viewer, editor, board, orders):
    rule = Rule.objects.create(
        workspace=board.workspace,
        dataset=orders,
        owner=editor,
        name="Too low",
        query={},
        threshold=1,
    )
    Incident.objects.create(rule=rule, opened_at="2024-01-01T00:00Z", value=2, threshold=1, peak=2)
    client.force_login(viewer)
    client.get("/d/sales/")
    assert Visit.objects.get(user=viewer).dashboard == board
    client.post("/d/sales/star/", {"starred": "true"})
    context = client.get("/").context
    assert [each.pk for each in context["favourites"]] == [board.pk]
    assert [each.pk for each in context["recent"]] == [board.pk]
    assert context["recent"][0].widget_count == len(CARDS)
    assert context["incidents"][0].rule == rule
    client.post("/d/sales/star/", {"starred": "false"})
    assert client.get("/").context["favourites"] == []


def test_home_of_a_stranger_shows_nothing_of_ours(client, stranger, board):
    client.force_login(stranger)
    assert client.get("/").context["dashboards"] == []


def test_the_page_costs_few_queries_however_many_cards(
    client, viewer, editor, orders, django_assert_max_num_queries
):
    make_board(editor, orders, slug="few", cards=CARDS[:1])
    make_board(editor, orders, slug="many", cards=CARDS * 3)
    client.force_login(viewer)
    for slug in ("few", "many"):  # the first visit is recorded, the second only dated
        client.get(f"/d/{slug}/")
    with django_assert_max_num_queries(22) as few:
        client.get("/d/few/")
    with django_assert_max_num_queries(len(few)):
        client.get("/d/many/")
