"""Dashboards of the tests."""

import pytest

from tests.dashboards.boards import make_board


@pytest.fixture
def board(editor, orders):
    """Shared with the workspace."""
    return make_board(editor, orders)


@pytest.fixture
def private(editor, orders):
    """Of the editor alone."""
    return make_board(editor, orders, slug="private", title="Secret plan", is_private=True)


@pytest.fixture
def widget(board):
    """The line chart of the board."""
    return board.placements.get(widget__kind="line").widget
