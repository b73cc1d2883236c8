"""Ranges as filters, wherever a page's view is said or sent."""

import io

import openpyxl

from apps.dashboards import queries as boards
from apps.widgets.view import View

YEAR = ("2024-01-01", "2024-12-31")


def test_a_page_says_the_range_and_a_wrong_one_is_told_by_its_cards(client, viewer, board):
    client.force_login(viewer)
    page = client.get("/d/sales/?var-amount=10..12").content.decode()
    assert "10 – 12</b>" in page
    bar = board.placements.get(widget__kind="bar").widget
    answer = client.get(f"/w/{bar.pk}/data/?var-amount=12..10")
    assert (answer.status_code, answer.json()["field"]) == (400, "filters")
    wrong = client.get("/d/sales/?var-amount=12..10")
    assert '"options"' in wrong.content.decode().replace("&quot;", '"')  # it can be mended there


def test_the_rows_behind_a_bar_are_those_of_its_range(client, viewer, board):
    client.force_login(viewer)
    bar = board.placements.get(widget__kind="bar").widget
    frame = client.get(f'/w/{bar.pk}/behind/?mark=[["amount","10..12"]]').json()
    at = [column["name"] for column in frame["columns"]].index("amount")
    assert set(frame["data"][at]) == {10, 11}


def test_the_rows_behind_a_bar_outside_the_range_are_there_too(client, viewer, board):
    client.force_login(viewer)
    bar = board.placements.get(widget__kind="bar").widget
    frame = client.get(f'/w/{bar.pk}/behind/?mark=[["amount","14..15"]]&var-amount=10..12').json()
    at = [column["name"] for column in frame["columns"]].index("amount")
    assert set(frame["data"][at]) == {14}


def test_a_file_names_only_the_filters_that_its_figures_follow(client, viewer, board):
    client.force_login(viewer)
    widget = board.placements.get(widget__kind="bar").widget
    asked = "var-amount=10..12&var-region=West"

    def about():
        body = client.get(f"/w/{widget.pk}/download.xlsx?{asked}").content
        sheet = openpyxl.load_workbook(io.BytesIO(body)).worksheets[-1]
        return {row[0]: row[1] for row in sheet.iter_rows(values_only=True)}

    assert "10 – 12" in about()["Filters"]
    widget.kind, widget.options = "histogram", {"column": "amount"}
    widget.query = {}
    widget.save()
    assert about()["Filters"] == "region: West"


def test_explore_and_pictures_keep_it(client, viewer, board):
    client.force_login(viewer)
    bar = board.placements.get(widget__kind="bar").widget
    view = View(*YEAR, filters=(("amount", ("10..12",)),))
    assert boards.filters_text(board, view, viewer) == "Amount: 10 – 12"
    there = client.get(f"/w/{bar.pk}/explore/?var-amount=10..12")
    assert "ge" in there["Location"]
    assert "lt" in there["Location"]
