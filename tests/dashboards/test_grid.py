"""Rectangles: what holds for any layout."""

from hypothesis import given
from hypothesis import strategies as st

from apps.dashboards.grid import COLUMNS, Box, collide, first_free, fitted, pack, pushed

sides = st.integers(1, 24)
boxes = st.builds(
    lambda x, y, w, h: Box(min(x, COLUMNS - w), y, w, h),
    st.integers(0, 23),
    st.integers(0, 40),
    sides,
    sides,
)
layouts = st.lists(boxes, max_size=12)
anything = st.builds(Box, *[st.integers(-(10**6), 10**6)] * 4)


def overlaps(layout):
    return [
        (one, other)
        for index, one in enumerate(layout)
        for other in layout[index + 1 :]
        if collide(one, other)
    ]


@given(boxes, boxes)
def test_colliding_is_mutual_and_a_box_collides_with_itself(one, other):
    assert collide(one, other) == collide(other, one)
    assert collide(one, one)


def test_neighbours_that_share_an_edge_do_not_collide():
    assert not collide(Box(0, 0, 4, 4), Box(4, 0, 4, 4))
    assert not collide(Box(0, 0, 4, 4), Box(0, 4, 4, 4))
    assert collide(Box(0, 0, 4, 4), Box(3, 3, 4, 4))


@given(anything)
def test_a_fitted_box_lies_on_the_grid_whatever_was_sent(box):
    found = fitted(box)
    assert 0 <= found.x <= found.right <= COLUMNS
    assert found.y >= 0
    assert found.w >= 1
    assert found.h >= 1


@given(layouts)
def test_after_pushing_nothing_overlaps_and_nothing_moved_up(layout):
    after = pushed(layout)
    assert not overlaps(after)
    assert all(new.y >= old.y and new.x == old.x for old, new in zip(layout, after, strict=True))


@given(layouts)
def test_a_layout_without_overlaps_is_left_alone_by_pushing(layout):
    settled = pushed(layout)
    assert pushed(settled) == settled


@given(layouts)
def test_a_packed_layout_has_no_overlap_and_no_box_that_could_rise(layout):
    after = pack(layout)
    assert not overlaps(after)
    for box in after:
        others = [other for other in after if other is not box]
        risen = Box(box.x, box.y - 1, box.w, box.h)
        assert box.y == 0 or any(collide(risen, other) for other in others)
    assert pack(after) == after


@given(layouts, sides, sides)
def test_the_first_free_place_is_free_and_no_earlier_one_is(layout, w, h):
    layout = pushed(layout)
    place = first_free(layout, w, h)
    assert not any(collide(place, box) for box in layout)
    assert place.right <= COLUMNS
    for y in range(place.y + 1):
        for x in range(COLUMNS - w + 1):
            if (y, x) >= (place.y, place.x):
                break
            assert any(collide(Box(x, y, w, h), box) for box in layout)
