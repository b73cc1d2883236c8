"""Tabs on a dashboard's grid: which cards a tab shows and in which rows; no Django.

Every section that is shown as a tab stands in one bar, where the first of them is. The same in the
browser, which changes tabs without asking for the page: static/js/dashboard/tabs.js; both are held
to tests/dashboards/tabs.json.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """A card's rows, and whether it is a tab."""

    id: int
    y: int
    h: int
    is_tab: bool = False


@dataclass(frozen=True, slots=True)
class Arranged:
    """`bar`: its row and how many it takes; `at`: the row of each card that shows; `panel`: those
    of them that belong to the tab.
    """

    chosen: int
    tabs: tuple[int, ...]
    bar: tuple[int, int]
    at: dict[int, int]
    panel: tuple[int, ...]


def arranged(items: Sequence[Item], wanted: str = "") -> Arranged | None:
    """The page at the tab of that number, or at the first if it has no such; None without tabs.

    A tab's cards are those that begin in its rows or below, above the next tab.
    """
    tabs = sorted((item for item in items if item.is_tab), key=lambda item: item.y)
    if not tabs:
        return None
    chosen = next((tab for tab in tabs if str(tab.id) == wanted), tabs[0])
    end = next((tab.y for tab in tabs if tab.y > chosen.y), None)
    cards = [item for item in items if not item.is_tab]
    above = [card for card in cards if card.y < tabs[0].y]
    panel = [card for card in cards if card.y >= chosen.y and (end is None or card.y < end)]
    row = max([tabs[0].y, *(card.y + card.h for card in above)])
    start = min([chosen.y + chosen.h, *(card.y for card in panel)])
    below = row + tabs[0].h - start
    at = {card.id: card.y for card in above} | {card.id: card.y + below for card in panel}
    ids = tuple(tab.id for tab in tabs)
    return Arranged(chosen.id, ids, (row, tabs[0].h), at, tuple(card.id for card in panel))
