"""A map under the hand: zoomed, moved, put back, and its places clicked."""

import pytest

from tests.browser.test_cards import page, server, start  # noqa: F401

pytestmark = pytest.mark.browser
SCALE = (
    "() => { const stage = document.querySelector('[data-map]').getAttribute('transform');"
    " return stage ? Number(/scale\\(([\\d.]+)/.exec(stage)[1]) : 1; }"
)


@pytest.fixture
def map_page(page):  # noqa: F811
    start(page, "map")
    page.add_style_tag(url="/static/css/card.css")
    page.evaluate("document.getElementById('card').classList.add('card__chart')")
    page.evaluate("document.getElementById('card').style.inset = '20px auto auto 20px'")
    return page


def box_of(page, mark: str) -> dict:  # noqa: F811
    """Asked for in one step, since the picture may be written anew between two."""
    return page.evaluate(f"""() => document.querySelector('[data-mark="{mark}"]')
        .getBoundingClientRect().toJSON()""")


def test_the_wheel_zooms_where_the_pointer_is_dragging_moves_and_a_button_puts_back(map_page):
    whole = box_of(map_page, "0")  # California
    middle = (whole["x"] + whole["width"] / 2, whole["y"] + whole["height"] / 2)
    map_page.mouse.move(*middle)
    map_page.mouse.wheel(0, -400)
    assert map_page.evaluate(SCALE) == 1  # a page scrolls
    map_page.keyboard.down("Control")
    map_page.mouse.wheel(0, -400)
    map_page.keyboard.up("Control")
    map_page.wait_for_function("() => !document.querySelector('[data-map-zoom=reset]').hidden")
    assert 2 < map_page.evaluate(SCALE) < 2.5
    near = box_of(map_page, "0")
    assert near["x"] < middle[0] < near["x"] + near["width"]
    map_page.mouse.down()
    map_page.mouse.move(middle[0] - 60, middle[1] - 30, steps=4)
    map_page.mouse.up()
    assert abs(box_of(map_page, "0")["x"] - (near["x"] - 60)) < 2
    assert map_page.evaluate("window.events.filter(([name]) => name === 'select')") == []
    map_page.locator("[data-map-zoom=reset]").click()
    map_page.wait_for_function("() => document.querySelector('[data-map-zoom=reset]').hidden")
    assert box_of(map_page, "0") == whole


def test_a_place_is_clicked_and_walked_to_by_keys(map_page):
    box = box_of(map_page, "2")
    map_page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.4)
    picked = "window.events.filter(([name]) => name === 'select').map(([, { value }]) => value)"
    assert map_page.evaluate(picked) == ["Texas"]
    map_page.locator('[data-mark="2"]').focus()
    map_page.keyboard.press("Home")
    map_page.keyboard.press("+")
    map_page.keyboard.press("+")
    map_page.wait_for_function("() => !document.querySelector('[data-map-zoom=reset]').hidden")
    assert map_page.evaluate("document.activeElement.dataset.mark") == "0"
    map_page.keyboard.press("ArrowRight")  # New York, which is off the map now
    map_page.wait_for_timeout(250)
    box, card = box_of(map_page, "1"), map_page.locator("#card").bounding_box()
    assert card["x"] <= box["x"] + box["width"] / 2 <= card["x"] + card["width"]
    map_page.keyboard.press("Enter")
    assert map_page.evaluate(picked) == ["Texas", "New York"]
