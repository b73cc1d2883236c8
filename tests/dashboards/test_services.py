"""Writes: who may, what is refused, what a save leaves behind."""

import json
from dataclasses import replace

import pytest
from django.http import QueryDict

from apps.accounts import services as accounts
from apps.core.errors import Conflict, Denied, NotFound, UserError
from apps.dashboards import services
from apps.dashboards.grid import Box, collide
from apps.dashboards.models import Dashboard, Placement
from apps.dashboards.services import Place, box_of
from apps.datasources.models import Dataset, Metric
from apps.widgets.models import Widget
from apps.widgets.services import WidgetSpec
from tests.conftest import person


@pytest.fixture
def spec(orders):
    return WidgetSpec(
        "Revenue by region",
        "bar",
        orders.pk,
        query={"measures": ["revenue"], "dimensions": ["region"], "limit": 5},
    )


def snapshot():
    """Everything that an editor could change."""
    boards = list(
        Dashboard.objects.values_list("pk", "title", "version", "time_from").order_by("pk")
    )
    cards = list(Widget.objects.values_list("pk", "title", "version", "query").order_by("pk"))
    places = list(Placement.objects.values_list("widget_id", "x", "y", "w", "h").order_by("pk"))
    return boards, cards, places


def test_an_address_is_made_of_the_title_and_never_taken_twice(editor, workspace):
    one = services.create_dashboard(editor, workspace, title="Umsatz & Marge")
    two = services.create_dashboard(editor, workspace, title="Umsatz & Marge")
    new = services.create_dashboard(editor, workspace, title="New")
    assert one.slug == "umsatz-marge"
    assert two.slug.startswith("umsatz-marge-")
    assert new.slug != "new"


def test_a_viewer_makes_no_dashboard(viewer, workspace):
    with pytest.raises(Denied):
        services.create_dashboard(viewer, workspace, title="Mine")


def test_every_write_refuses_a_viewer_and_changes_nothing(viewer, board, widget, spec):
    before = snapshot()
    writes = [
        lambda: services.update_dashboard(board, viewer, {"title": "Mine"}),
        lambda: services.delete_dashboard(board, viewer),
        lambda: services.save_layout(board, viewer, [], version=1),
        lambda: services.add_widget(board, viewer, spec),
        lambda: services.update_widget(widget, viewer, spec),
        lambda: services.duplicate_widget(widget, viewer),
        lambda: services.remove_widget(widget, viewer),
        lambda: services.restore_widget(board, viewer, widget.pk, Box(0, 0, 2, 2)),
    ]
    for write in writes:
        with pytest.raises(Denied):
            write()
    assert snapshot() == before


def test_a_viewers_hand_made_posts_change_nothing(client, viewer, board, widget):
    before = snapshot()
    client.force_login(viewer)
    bodies = {
        "/d/sales/layout/": json.dumps({"version": 1, "placements": []}),
        "/d/sales/settings/": "title=Mine",
        "/d/sales/delete/": "",
        "/d/sales/widgets/": "title=Mine",
        f"/d/sales/widgets/{widget.pk}/": "x=0&y=0&w=2&h=2",
        f"/w/{widget.pk}/edit/": "title=Mine",
        f"/w/{widget.pk}/duplicate/": "",
        f"/w/{widget.pk}/remove/": "",
        "/w/fields/": f"workspace={board.workspace_id}",
        "/w/preview/": f"workspace={board.workspace_id}",
    }
    for path, body in bodies.items():
        answer = client.post(path, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in (403, 404), path
    assert snapshot() == before


def test_a_card_is_placed_where_nothing_stands_and_moves_the_version(editor, board, spec):
    version = board.version
    placement = services.add_widget(board, editor, spec)
    board.refresh_from_db()
    assert board.version == version + 1
    others = board.placements.exclude(pk=placement.pk)
    assert not any(collide(box_of(placement), box_of(other)) for other in others)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "  "}, "title"),
        ({"kind": "crystal_ball"}, "kind"),
        ({"dataset_id": None}, "dataset"),
        ({"query": {"measures": ["no_such"], "dimensions": ["region"]}}, "measures"),
        ({"query": {"measures": ["revenue"]}}, "dimensions"),
        ({"query": {"measures": ["revenue"], "dimensions": ["no_such"]}}, "dimensions"),
        (
            {
                "query": {
                    "measures": ["revenue"],
                    "dimensions": ["region"],
                    "filters": [{"column": "amount", "op": "gt", "values": ["much"]}],
                }
            },
            "filters",
        ),
        ({"metric_id": 10**6}, "metric"),
    ],
)
def test_a_card_that_cannot_be_drawn_is_refused_at_its_field(editor, board, spec, change, field):
    with pytest.raises(UserError) as refused:
        services.add_widget(board, editor, replace(spec, **change))
    assert refused.value.field == field
    assert board.placements.filter(widget__title=spec.title).count() == 0


def test_a_card_points_only_to_data_of_its_workspace_that_its_author_may_query(
    editor, board, spec, orders, stranger
):
    orders.is_restricted = True
    orders.save()
    with pytest.raises(UserError) as refused:
        services.add_widget(board, editor, spec)
    assert refused.value.field == "dataset"
    elsewhere = stranger.memberships.get().workspace
    both = person("both@example.com", board.workspace, "editor")
    accounts.set_role(both, elsewhere, "editor")
    foreign = Dataset.objects.create(
        workspace=elsewhere, source=orders.source, name="Theirs", slug="theirs", kind="upload"
    )
    with pytest.raises(UserError) as refused:
        services.add_widget(board, both, replace(spec, dataset_id=foreign.pk))
    assert refused.value.field == "dataset"


def test_a_metric_of_another_dataset_is_refused(editor, board, spec, orders):
    other = Dataset.objects.create(
        workspace=board.workspace, source=orders.source, name="Other", slug="other", kind="upload"
    )
    measure = other.measures.create(name="n", label="N", aggregate="count")
    metric = Metric.objects.create(
        workspace=board.workspace, dataset=other, name="N", slug="n", measure=measure, owner=editor
    )
    with pytest.raises(UserError) as refused:
        services.add_widget(board, editor, replace(spec, metric_id=metric.pk))
    assert refused.value.field == "metric"


def test_a_layout_saved_on_an_old_version_is_refused_whole(editor, board, widget):
    places = [Place(widget.pk, Box(0, 30, 10, 4))]
    version, _gone = services.save_layout(board, editor, places, version=board.version)
    before = snapshot()
    with pytest.raises(Conflict):
        services.save_layout(
            board, editor, [Place(widget.pk, Box(5, 5, 5, 5))], version=version - 1
        )
    assert snapshot() == before


def test_a_layout_lies_on_the_grid_without_overlaps_whatever_was_sent(editor, board):
    ids = list(board.placements.values_list("widget_id", flat=True))
    places = [Place(pk, Box(-5, 0, 999, 999)) for pk in ids]
    services.save_layout(board, editor, places, version=board.version)
    boxes = [box_of(each) for each in board.placements.all()]
    assert not any(collide(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_a_layout_cannot_move_a_card_of_another_dashboard(editor, board, private):
    foreign = private.placements.first().widget_id
    before = private.placements.values_list("x", "y", "w", "h")[0]
    places = [Place(foreign, Box(0, 0, 2, 2))]
    _version, gone = services.save_layout(board, editor, places, version=board.version)
    assert gone == [foreign]
    assert private.placements.values_list("x", "y", "w", "h")[0] == before


def test_a_layout_with_a_card_that_somebody_removed_moves_the_others(editor, board, widget):
    places = [Place(widget.pk, Box(0, 30, 10, 4)), Place(999_999, Box(0, 0, 2, 2))]
    _version, gone = services.save_layout(board, editor, places, version=board.version)
    assert gone == [999_999]
    widget.placement.refresh_from_db()
    assert box_of(widget.placement).w == 10


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"version": 1}',
        b'{"version": "1", "placements": []}',
        b'{"version": 1, "placements": [{}]}',
        b'{"version": 1, "placements": [{"widget": 1, "x": 0.5, "y": 0, "w": 1, "h": 1}]}',
        b'{"version": 1, "placements": "abc"}',
        b'{"version": 1, "placements": [{"widget": true, "x": 0, "y": 0, "w": 1, "h": 1}]}',
    ],
)
def test_what_is_no_layout_is_a_bad_request(client, editor, board, body):
    client.force_login(editor)
    answer = client.post("/d/sales/layout/", body, content_type="application/json")
    assert answer.status_code == 400


def test_a_layout_by_http_answers_with_the_version_or_with_theirs(client, editor, board, widget):
    client.force_login(editor)
    body = {"version": 1, "placements": [{"widget": widget.pk, "x": 1, "y": 40, "w": 9, "h": 5}]}
    saved = client.post("/d/sales/layout/", body, content_type="application/json")
    assert saved.json() == {"version": 2, "gone": []}
    lost = client.post("/d/sales/layout/", body, content_type="application/json")
    assert lost.status_code == 409
    assert lost.json()["version"] == 2


def test_a_removed_card_is_gone_and_comes_back_where_it_stood(editor, board, widget):
    box = box_of(widget.placement)
    services.remove_widget(widget, editor)
    assert not board.placements.filter(widget=widget).exists()
    placement = services.restore_widget(board, editor, widget.pk, box)
    assert box_of(placement) == box
    with pytest.raises(NotFound):
        services.restore_widget(board, editor, widget.pk, box)


def test_only_owner_and_admins_delete(editor, analyst, admin_user, board):
    with pytest.raises(Denied):
        services.delete_dashboard(board, analyst)
    services.delete_dashboard(board, admin_user)
    assert not Dashboard.objects.exists()
    assert not Widget.objects.exists()


def typed(spec, board, **changes):
    """The form of a spec as a browser sends it."""
    data = QueryDict(mutable=True)
    data.update({"workspace": board.workspace_id, "title": spec.title, "kind": spec.kind})
    data.update({"dataset": spec.dataset_id, "options_of": spec.kind, "limit": "5"})
    data.setlist("measures", spec.query["measures"])
    data.setlist("dimensions", spec.query["dimensions"])
    for name, value in changes.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data.urlencode()


FORM = "application/x-www-form-urlencoded"


def test_the_form_places_a_card_and_tells_the_page(client, editor, board, spec):
    client.force_login(editor)
    answer = client.post("/d/sales/widgets/", typed(spec, board), content_type=FORM)
    assert answer.status_code == 204
    told = json.loads(answer["HX-Trigger"])["sightline:added"]
    widget = Widget.objects.get(pk=told["widget"])
    assert widget.query == spec.query
    card = client.get(f"/w/{widget.pk}/card/").content.decode()
    assert 'gs-id="' in card
    assert spec.title in card


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "Give the card a title."),
        ({"limit": "lots"}, "Write a whole number."),
        ({"limit": "100000"}, "Write a number from 1 to 1000."),
        (
            {"filter_column": "region", "filter_op": "between", "filter_values": "one"},
            "takes 2 values",
        ),
        ({"dataset": "999999"}, "There is no such dataset in this workspace."),
    ],
)
def test_a_wrong_form_comes_back_with_its_error_and_everything_typed(
    client, editor, board, spec, change, field
):
    client.force_login(editor)
    body = typed(spec, board, **{"title": "Kept as typed", **change})
    answer = client.post("/d/sales/widgets/", body, content_type=FORM)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert field in text
    assert "field__error" in text
    for value in change.values():
        assert f'value="{value}"' in text or change.keys() & {"dataset"}


def test_a_filter_value_with_a_comma_survives_the_form(client, editor, board, spec, widget):
    client.force_login(editor)
    filters = {"filter_column": "region", "filter_op": "in", "filter_values": 'West, "a, b"'}
    body = typed(spec, board, **filters)
    assert client.post(f"/w/{widget.pk}/edit/", body, content_type=FORM).status_code == 204
    widget.refresh_from_db()
    assert widget.query["filters"][0]["values"] == ["West", "a, b"]
    assert widget.version == 2
    form = client.get(f"/w/{widget.pk}/edit/").content.decode()
    assert "West, &quot;a, b&quot;" in form


def test_fields_follow_kind_and_dataset_and_keep_what_fits(client, editor, board, spec):
    client.force_login(editor)
    body = typed(spec, board, kind="heatmap")
    text = client.post("/w/fields/", body, content_type=FORM).content.decode()
    assert text.count('<select name="dimensions"') == 2
    assert 'value="region" selected' in text
    assert "Horizontal" not in text


def test_the_dataset_stays_chosen_over_a_kind_that_asks_none(client, editor, board, spec):
    client.force_login(editor)
    body = typed(spec, board, kind="insight")
    between = client.post("/w/fields/", body, content_type=FORM).content.decode()
    dataset = board.placements.first().widget.dataset_id
    assert f'<input type="hidden" name="dataset" value="{dataset}">' in between
    assert "w-dataset" not in between


def test_a_preview_draws_what_the_form_describes_and_keeps_nothing(client, editor, board, spec):
    client.force_login(editor)
    before = snapshot()
    answer = client.post(
        "/w/preview/?from=2024-01-01&to=2024-02-01", typed(spec, board, title=""), content_type=FORM
    )
    found = answer.json()
    assert found["kind"] == "bar"
    assert (found["options"]["horizontal"], found["options"]["stacked"]) == (False, False)
    assert found["data"]["frames"]["main"]["data"][0] == ["West", "East"]
    assert snapshot() == before


def test_a_preview_of_another_workspaces_data_is_refused(client, stranger, board, spec):
    client.force_login(stranger)
    body = typed(spec, board, workspace=str(stranger.memberships.get().workspace_id))
    answer = client.post("/w/preview/", body, content_type=FORM, HTTP_ACCEPT="application/json")
    assert answer.status_code == 400
    assert answer.json()["field"] == "dataset"
