"""The legend of a chart under the hand: one name alone, one off, all of them in a list."""

import pytest

from tests.browser.test_cards import page, server, start  # noqa: F401
from tests.widgets.samples import SAMPLES
from tests.widgets.samples.parts import DAY_MS, ORDERS, REGION, START_MS, TIME, card, frame

pytestmark = pytest.mark.browser
# a chart is drawn with the next frame
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def pressed(page) -> dict[str, str]:  # noqa: F811
    """Name -> aria-pressed of each."""
    page.evaluate(DRAWN)
    found = page.locator(".legend-keys [data-legend]")
    return {
        each.get_attribute("data-legend"): each.get_attribute("aria-pressed")
        for each in found.all()
    }


def test_a_click_isolates_ctrl_switches_and_new_data_keeps_it(page):  # noqa: F811
    start(page, "splits")
    names = list(pressed(page))
    assert len(names) >= 3
    first = page.locator(".legend-keys button").first
    canvas = page.locator("#card canvas")
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    first.click()
    assert pressed(page) == {name: str(name == names[0]).lower() for name in names}
    assert canvas.evaluate("canvas => canvas.toDataURL()") != before
    page.evaluate("data => window.card.update(data)", SAMPLES["splits"][1])
    assert pressed(page)[names[1]] == "false"
    first.click()
    assert set(pressed(page).values()) == {"true"}
    page.mouse.move(880, 410)
    page.evaluate("() => document.activeElement.blur()")
    page.wait_for_timeout(300)
    assert canvas.evaluate("canvas => canvas.toDataURL()") == before
    page.locator(".legend-keys button").nth(1).click(modifiers=["Control"])
    assert [name for name, is_on in pressed(page).items() if is_on == "false"] == [names[1]]


def test_the_legend_is_walked_by_keys(page):  # noqa: F811
    start(page, "splits")
    page.locator("#card").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    names = list(pressed(page))
    assert [name for name, is_on in pressed(page).items() if is_on == "true"] == [names[1]]
    assert page.evaluate("() => document.activeElement.dataset.legend") == names[1]


def test_a_slice_is_switched_off_and_the_rest_is_the_whole(page):  # noqa: F811
    start(page, "pie")
    name = next(iter(pressed(page)))
    page.locator(".legend-keys button").first.click(modifiers=["Control"])
    assert pressed(page)[name] == "false"


def test_names_without_room_stand_in_a_list_with_their_values(page):  # noqa: F811
    names = [f"Region number {n}" for n in range(20)]
    times = [START_MS + day * DAY_MS for day in range(3) for _ in names]
    values = [day * 10 + n for day in range(3) for n in range(20)]
    main = frame([TIME, REGION, ORDERS], times, names * 3, values, grain="day")
    start(page, "splits", data=card(main))
    page.add_style_tag(url="/static/css/card.css")
    page.locator("[data-legend-more]").click()
    panel = page.locator(".legend-list")
    assert panel.locator("li").count() == 20
    panel.get_by_role("button", name="By name").click()
    page.evaluate(DRAWN)
    assert panel.locator("li").first.inner_text().split("\n")[0].strip() == "Region number 0"
    panel.get_by_role("button", name="Region number 3", exact=True).click()
    assert pressed(page)["Region number 3"] == "true"
    assert set(pressed(page).values()) == {"true", "false"}
    panel.get_by_role("button", name="Show all").click()
    assert set(pressed(page).values()) == {"true"}
