"""Tabs: which cards the page begins with, and the bar above them."""

import json
import re
from pathlib import Path

import pytest

from apps.dashboards import views
from apps.dashboards.tabs import Item, arranged
from tests.dashboards.boards import add_card, make_board

CASES = json.loads((Path(__file__).parent / "tabs.json").read_text())
TAB = {"shown_as": "tab"}


def add_tab(board, title, y):
    return add_card(board, None, title, "section", (0, y, 24, 1), {}, options=TAB).widget_id


@pytest.fixture
def tabbed(editor, orders):
    """Two tabs of one card each, and a card above both; with their numbers."""
    board = make_board(editor, orders, cards=())
    query = {"measures": ["orders"]}
    titles = {}
    titles["Above"] = add_card(board, orders, "Above", "big_number", (0, 0, 6, 3), query).widget_id
    titles["One"] = add_tab(board, "One", 3)
    titles["In one"] = add_card(
        board, orders, "In one", "big_number", (0, 4, 6, 3), query
    ).widget_id
    titles["Two"] = add_tab(board, "Two", 7)
    titles["In two"] = add_card(
        board, orders, "In two", "big_number", (0, 8, 6, 3), query
    ).widget_id
    return board, titles


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_tab_arranges_the_grid_as_in_the_browser(case):
    items = [Item(i["id"], i["y"], i["h"], i.get("tab", False)) for i in case["items"]]
    found = arranged(items, case["wanted"])
    assert found == case["is"] or (
        found
        and case["is"]
        == {
            "chosen": found.chosen,
            "tabs": list(found.tabs),
            "bar": list(found.bar),
            "at": [list(pair) for pair in found.at.items()],
            "panel": list(found.panel),
        }
    )


def hidden(page):
    return {int(pk) for pk in re.findall(r'id="widget-(\d+)"[^>]*? hidden ', page)}


def test_the_page_begins_at_its_tab_and_draws_no_picture_of_the_others(
    client, viewer, tabbed, monkeypatch
):
    board, pk = tabbed
    drawn = []
    monkeypatch.setattr(views, "_draw_behind", lambda request, due, view: drawn.extend(due))
    client.force_login(viewer)
    page = client.get(f"{board.get_absolute_url()}?tab={pk['Two']}&compare=year").content.decode()
    assert hidden(page) == {pk["One"], pk["Two"], pk["In one"]}
    assert f"#widget-{pk['In two']}{{--x:0;--y:8;--at:4;" in page
    assert "#tabs{--at:3;--h:1;--order:2}" in page
    assert set(drawn) == {str(pk["Above"]), str(pk["In two"])}
    assert re.findall(r'data-tab="(\d+)" href="([^"]+)" aria-selected="(\w+)"', page) == [
        (str(pk["One"]), f"?tab={pk['One']}&amp;compare=year", "false"),
        (str(pk["Two"]), f"?tab={pk['Two']}&amp;compare=year", "true"),
    ]
    assert f'aria-controls="widget-{pk["In two"]}"' in page


@pytest.mark.parametrize("wanted", ["", "?tab=", "?tab=nonsense", "?tab=0"])
def test_an_unknown_tab_is_the_first(client, viewer, tabbed, wanted):
    board, pk = tabbed
    client.force_login(viewer)
    page = client.get(board.get_absolute_url() + wanted).content.decode()
    assert hidden(page) == {pk["One"], pk["Two"], pk["In two"]}


def test_edit_mode_hides_nothing_and_has_no_bar(client, editor, tabbed):
    board, _pk = tabbed
    client.force_login(editor)
    page = client.get(f"{board.get_absolute_url()}?edit=1").content.decode()
    assert hidden(page) == set()
    assert 'id="tabs"' not in page
