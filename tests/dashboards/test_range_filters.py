"""Ranges as filters, wherever a page's view is said or sent."""

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


def test_explore_and_pictures_keep_it(client, viewer, board):
    client.force_login(viewer)
    bar = board.placements.get(widget__kind="bar").widget
    view = View(*YEAR, filters=(("amount", ("10..12",)),))
    assert boards.filters_text(board, view, viewer) == "Amount: 10 – 12"
    there = client.get(f"/w/{bar.pk}/explore/?var-amount=10..12")
    assert "ge" in there["Location"]
    assert "lt" in there["Location"]
