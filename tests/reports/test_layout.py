from hypothesis import given
from hypothesis import strategies as st

from apps.reports.layout import COLUMNS, Box, arrange, closed, groups

PAGE = {"width": 703.0, "page": 1009.0, "scale": 0.8}


def row(y, *widths, h=6):
    x, made = 0, []
    for n, w in enumerate(widths):
        made.append(Box(y * 100 + n, x, y, w, h))
        x += w
    return made


def test_rows_that_nothing_crosses_may_stand_on_different_pages():
    boxes = row(0, 6, 6, 6, 6, h=3) + row(3, 16, 8) + row(9, 12, 12)
    assert [[box.key for box in group] for group in groups(boxes)] == [
        [0, 1, 2, 3],
        [300, 301],
        [900, 901],
    ]


def test_a_tall_card_holds_its_neighbours_together():
    boxes = [Box(1, 0, 0, 16, 4), Box(2, 16, 0, 8, 8), Box(3, 0, 4, 16, 4)]
    assert [len(group) for group in groups(boxes)] == [3]


def test_a_long_card_takes_the_whole_width_below_and_the_others_close_up():
    boxes = [Box(1, 0, 0, 12, 6), Box(2, 12, 0, 12, 6, is_long=True)]
    first, second = arrange(boxes, **PAGE)
    assert not first.is_long
    assert round(first.places[0].width) == 703
    assert second.is_long
    assert round(second.places[0].width) == 703


def test_a_band_higher_than_a_page_is_made_lower():
    (band,) = arrange([Box(1, 0, 0, 12, 30), Box(2, 12, 0, 12, 30)], **PAGE)
    assert 900 < band.height <= 1009


def test_a_band_much_higher_than_a_page_is_set_one_after_another():
    boxes = [Box(n, 0, 10 * n, 12, 12 if n < 9 else 10) for n in range(10)]
    bands = arrange(boxes, **PAGE)
    assert [band.places[0].key for band in bands] == list(range(10))
    assert all(band.height <= 1009 for band in bands)


boxes = st.builds(
    lambda key, x, w, y, h, long: Box(key, x, y, min(w, COLUMNS - x), h, long),
    key=st.integers(0, 10**6),
    x=st.integers(0, 23),
    w=st.integers(1, 24),
    y=st.integers(0, 60),
    h=st.integers(1, 12),
    long=st.booleans(),
)


@given(st.lists(boxes, max_size=20, unique_by=lambda box: box.key))
def test_every_card_has_one_place_and_none_leaves_the_paper(cards):
    bands = arrange(cards, **PAGE)
    placed = [place.key for band in bands for place in band.places]
    assert sorted(placed) == sorted(card.key for card in cards)
    for band in bands:
        assert band.height <= PAGE["page"] + 1e-6
        for place in band.places:
            assert place.left >= 0
            assert place.left + place.width <= PAGE["width"] + 1e-6
            assert place.top + place.height <= band.height + 1e-6


@given(st.lists(boxes, min_size=1, max_size=12, unique_by=lambda box: box.key))
def test_closing_up_keeps_cards_apart_that_were_apart(cards):
    moved = {box.key: box for box in closed(cards)}
    for a in cards:
        for b in cards:
            if a.x + a.w <= b.x:
                assert moved[a.key].x + moved[a.key].w <= moved[b.key].x + 1e-9
