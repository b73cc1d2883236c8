"""The contact sheets of the documentation hold every kind, and can be made anew."""

import io

from PIL import Image

from apps.widgets import render
from apps.widgets.kinds import KINDS
from tests.widgets import sheets


def test_every_kind_is_on_the_sheet_with_its_name_and_its_picture():
    board = sheets.board("light")
    assert {card["title"] for card in board["cards"]} == {
        str(kind.label) for kind in KINDS.values()
    }
    assert all(card["picture"].startswith("<svg") for card in board["cards"])
    places = {(card["x"], card["y"]) for card in board["cards"]}
    assert len(places) == len(KINDS)


def test_a_sheet_is_small_enough_for_the_repository():
    body = sheets.png_of("dark")
    assert len(body) <= sheets.MOST_BYTES
    assert Image.open(io.BytesIO(body)).size[0] == sheets.board("dark")["width"]


def test_the_sheets_are_there_and_shown():
    for theme in render.THEMES:
        assert (sheets.FOLDER / f"kinds-{theme}.png").stat().st_size <= sheets.MOST_BYTES
        assert f"images/kinds-{theme}.png" in (sheets.FOLDER.parent / "kinds.md").read_text()
