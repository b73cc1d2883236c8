"""What is behind a card: itself large, deeper, explained, as other kinds; its rows, as seen."""

import pytest

from apps.datasources import services as datasources
from apps.datasources.models import Dataset
from apps.widgets.models import Widget
from tests.dashboards.boards import add_card

JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def bars(board):
    return board.placements.get(widget__kind="bar").widget


@pytest.fixture
def levels(orders):
    """Region, and below it another column."""
    column = orders.columns.get(name="cost")
    column.parent = orders.columns.get(name="region")
    column.save()
    orders.version += 1
    orders.save()
    return column


def test_the_rows_behind_a_mark_are_those_that_the_reader_may_see(client, viewer, bars, orders):
    client.force_login(viewer)
    wish = f'/w/{bars.pk}/behind/?mark=[["region","West"]]'
    frame = client.get(wish, **JSON).json()
    names = [column["name"] for column in frame["columns"]]
    assert set(frame["data"][names.index("region")]) == {"West"}
    assert frame["row_count"] == 100
    assert client.get(f"{wish}&page=2", **JSON).json()["row_count"] == 120
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    datasources.set_policy(orders, "East only", "viewer", rows)
    assert client.get(wish, **JSON).json()["row_count"] == 0


@pytest.mark.parametrize(
    "wish",
    ["mark=x", "mark={}", 'mark=[["region"]]', 'mark=[[1,"a"]]', 'mark=[["region",{}]]', "page=0"],
)
def test_a_bad_mark_is_a_problem_that_names_its_field(client, viewer, bars, wish):
    client.force_login(viewer)
    answer = client.get(f"/w/{bars.pk}/behind/?{wish}", **JSON)
    assert (answer.status_code, answer.json()["field"]) == (400, wish.split("=")[0])


def test_a_card_is_drilled_down_its_hierarchy_and_nowhere_else(client, viewer, bars, levels):
    client.force_login(viewer)
    wish = f"/w/{bars.pk}/data/?drill-region={levels.name}&var-region=West"
    frame = client.get(wish, **JSON).json()["frames"]["main"]
    assert frame["columns"][0]["name"] == levels.name
    answer = client.get(f"/w/{bars.pk}/data/?drill-region=amount", **JSON)
    assert (answer.status_code, answer.json()["field"]) == (400, "drill")


def test_the_page_tells_scripts_what_is_below_a_column(client, viewer, board, levels):
    client.force_login(viewer)
    text = client.get("/d/sales/").content.decode()
    assert "&quot;drills&quot;:{&quot;region&quot;:[[&quot;" + levels.name in text


def test_a_comparison_of_a_card_can_be_taken_away(client, viewer, board):
    pk = board.placements.get(widget__title="Revenue").widget_id
    client.force_login(viewer)
    assert "previous" in client.get(f"/w/{pk}/data/", **JSON).json()["frames"]
    assert "previous" not in client.get(f"/w/{pk}/data/?compare=off", **JSON).json()["frames"]


def test_a_card_has_a_page_of_its_own_for_who_sees_it(client, viewer, stranger, bars):
    client.force_login(viewer)
    page = client.get(f"/w/{bars.pk}/?from=2024-01-01&to=2024-02-01")
    assert page.status_code == 200
    assert b'id="card-rows"' in page.content
    client.force_login(stranger)
    assert client.get(f"/w/{bars.pk}/").status_code == 404


def test_a_card_without_a_metric_says_what_to_do(client, viewer, editor, bars):
    client.force_login(viewer)
    text = client.get(f"/w/{bars.pk}/explain/").content.decode()
    assert "it shows no metric" in text
    assert "Edit this card" not in text
    client.force_login(editor)
    assert "Edit this card" in client.get(f"/w/{bars.pk}/explain/").content.decode()


def test_a_card_becomes_another_kind_of_the_same_question(client, editor, viewer, bars):
    client.force_login(editor)
    offers = client.get(f"/w/{bars.pk}/kinds/").content.decode()
    assert 'value="pie"' in offers
    assert 'value="scatter"' not in offers
    assert client.get(f"/w/{bars.pk}/kinds/pie/").json()["kind"] == "pie"
    assert client.get(f"/w/{bars.pk}/kinds/big_number/").status_code == 400
    query = bars.query
    assert client.post(f"/w/{bars.pk}/kinds/", {"kind": "pie"}).status_code == 204
    bars = Widget.objects.get(pk=bars.pk)
    assert (bars.kind, bars.query) == ("pie", query)
    client.force_login(viewer)
    assert client.post(f"/w/{bars.pk}/kinds/", {"kind": "bar"}).status_code == 404


def test_a_new_card_opens_on_the_dataset_that_most_cards_of_the_page_show(client, editor, board):
    shown = board.placements.first().widget.dataset
    first = Dataset.objects.create(
        workspace=board.workspace, source=shown.source, name="A first name", slug="a", kind="upload"
    )
    add_card(board, first, "One", "bar", (0, 40, 6, 4), {})
    client.force_login(editor)
    page = client.get(f"/d/{board.slug}/widgets/").content.decode()
    assert f'<option value="{shown.pk}" selected>' in page


def test_the_form_of_a_new_card_puts_kinds_that_fit_first(client, editor, board):
    client.force_login(editor)
    text = client.get(f"/d/{board.slug}/widgets/").content.decode()
    line = text.index('name="kind" value="line"')
    assert text.index("Fits what is asked") < line < text.index("Needs:")
    wished = client.get(f"/d/{board.slug}/widgets/?kind=bar").content.decode()
    assert 'value="bar" checked' in wished
