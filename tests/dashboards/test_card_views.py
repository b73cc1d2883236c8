"""One card's data: as the reader, kept by its ETag, failing in words."""

import pytest

from apps.core import redis
from apps.dashboards import views
from apps.datasources import services as datasources
from apps.widgets import pictures
from apps.widgets.view import View

JSON = {"HTTP_ACCEPT": "application/json"}


def test_data_is_what_the_chart_draws_and_is_not_sent_twice(client, viewer, widget):
    client.force_login(viewer)
    first = client.get(f"/w/{widget.pk}/data/?width=640", **JSON)
    frame = first.json()["frames"]["main"]
    assert frame["row_count"] == 120
    assert first["Cache-Control"] == "private, no-cache"
    again = client.get(f"/w/{widget.pk}/data/?width=640", HTTP_IF_NONE_MATCH=first["ETag"], **JSON)
    assert (again.status_code, again.content) == (304, b"")


def test_range_and_filters_narrow_the_data(client, viewer, board):
    pk = board.placements.get(widget__title="Orders").widget_id
    client.force_login(viewer)
    answer = client.get(f"/w/{pk}/data/?from=2024-01-01&to=2024-01-11&var-region=West", **JSON)
    assert answer.json()["frames"]["main"]["data"] == [[10]]


@pytest.mark.parametrize(
    ("query", "field"), [("from=x", "from"), ("compare=x", "compare"), ("width=x", "width")]
)
def test_a_bad_wish_is_a_problem_that_names_its_field(client, viewer, widget, query, field):
    client.force_login(viewer)
    answer = client.get(f"/w/{widget.pk}/data/?{query}", **JSON)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == field


def test_without_a_session_data_is_401_in_json_and_not_a_page(client, widget):
    answer = client.get(f"/w/{widget.pk}/data/", **JSON)
    assert answer.status_code == 401
    assert answer.json()["code"] == "signed_out"


def test_a_policy_narrows_data_csv_and_etag_alike(client, viewer, editor, board, orders):
    pk = board.placements.get(widget__kind="bar").widget_id
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    datasources.set_policy(orders, "East only", "viewer", rows)
    client.force_login(editor)
    whole = client.get(f"/w/{pk}/data/", **JSON)
    client.force_login(viewer)
    part = client.get(f"/w/{pk}/data/", **JSON)
    assert b"West" in whole.content
    assert b"West" not in part.content
    assert whole["ETag"] != part["ETag"]
    assert b"West" not in client.get(f"/w/{pk}/data.csv").content


def test_csv_is_a_file_named_like_the_card(client, viewer, widget):
    client.force_login(viewer)
    answer = client.get(f"/w/{widget.pk}/data.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="revenue-per-day.csv"'
    assert answer.content.startswith("Ordered at,Revenue (€)\r\n".encode())


def test_the_query_is_shown_without_the_servers_folders(client, viewer, widget, settings):
    client.force_login(viewer)
    text = client.get(f"/w/{widget.pk}/query/").content.decode()
    assert "SELECT" in text
    assert str(settings.UPLOADS) not in text


def picture_of(widget, user, path=""):
    """Draw as the page's job would, and the address that the page would name."""
    board = widget.placement.dashboard
    view = View(board.time_from, board.time_to)
    size = pictures.nominal(widget.kind, widget.placement.w, widget.placement.h)
    pictures.draw(widget, view, size, user)
    scope = pictures.scope_of(user, widget.dataset_id)
    name = pictures.name_of(widget, view, size, scope, "light")
    return views._picture_url(widget.pk, pictures.kept([name])[name].digest, view, "light")


@pytest.mark.slow
def test_a_drawn_picture_is_on_the_page_and_kept_for_ever_by_its_address(client, viewer, widget):
    url = picture_of(widget, viewer)
    client.force_login(viewer)
    page = client.get("/d/sales/").content.decode()
    assert url.replace("&", "&amp;") in page
    answer = client.get(url)
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.content.startswith(b"<svg")
    other = client.get(url.replace("/picture/", "/picture/0"))
    assert other["Cache-Control"] == "private, no-store"


@pytest.mark.slow
def test_a_picture_of_all_rows_is_not_there_for_who_sees_only_some(
    client, viewer, editor, widget, orders
):
    url = picture_of(widget, editor)
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    datasources.set_policy(orders, "East only", "viewer", rows)
    client.force_login(viewer)
    assert client.get(url).status_code == 404
    client.force_login(editor)
    assert client.get(url).status_code == 200


def test_a_page_asks_for_its_pictures_once_a_minute(
    client, viewer, board, monkeypatch, django_capture_on_commit_callbacks
):
    asked = []
    monkeypatch.setattr(views.tasks.draw_pictures, "delay", lambda *wanted: asked.append(wanted))
    client.force_login(viewer)
    for _visit in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            client.get("/d/sales/")
    assert len(asked) == 1
    sizes, view, user_id, _language = asked[0]
    assert len(sizes) == board.placements.count()
    assert view["from"] == board.time_from
    assert user_id == viewer.pk


def test_a_page_stands_although_redis_forgot_every_picture(client, viewer, board):
    redis.client().flushdb()
    client.force_login(viewer)
    assert "card__picture" not in client.get("/d/sales/").content.decode()
