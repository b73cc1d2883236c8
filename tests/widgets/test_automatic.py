"""Which kind suits a question, and what a question lacks for a kind."""

import pytest

from apps.widgets import automatic
from apps.widgets.automatic import Asked
from apps.widgets.kinds import KINDS
from apps.widgets.kinds.base import Options


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (Asked(), "big_number"),
        (Asked(measures=2), "table"),
        (Asked(over_time=True), "line"),
        (Asked(over_time=True, dimensions=1), "line"),
        (Asked(over_time=True, dimensions=1, groups=61), "table"),
        (Asked(over_time=True, measures=5), "table"),
        (Asked(dimensions=1), "bar"),
        (Asked(dimensions=1, measures=2, groups=400), "scatter"),
        (Asked(dimensions=1, measures=4), "table"),
        (Asked(dimensions=2), "bar"),
        (Asked(dimensions=2, parts=1), "heatmap"),
        (Asked(dimensions=2, groups=60), "heatmap"),
        (Asked(dimensions=3), "table"),
        (Asked(dimensions=1, groups=5000), "table"),
        (Asked(raw=True), "table"),
        (Asked(dimensions=2, pivot=True), "table"),
    ],
)
def test_the_shape_of_a_question_chooses_the_kind(asked, kind):
    assert automatic.automatic(asked) == kind


def test_the_kind_that_is_proposed_can_draw_the_question():
    for measures in range(1, 6):
        for dimensions in range(4):
            for over_time in (False, True):
                asked = Asked(measures, dimensions, over_time)
                kind = KINDS[automatic.automatic(asked)]
                if kind.slug != "table":  # which takes whatever there is
                    assert automatic.lacks(kind, asked) == [], asked


def test_explore_gets_the_same_rule():
    table = automatic.table()
    assert table["1 1 0 0 0"] == automatic.automatic(Asked(dimensions=1))
    assert table["1 2 0 1 0"] == "heatmap"
    assert set(table.values()) <= set(KINDS)


def test_a_kind_says_what_a_question_lacks():
    assert automatic.lacks(KINDS["bar"], Asked()) == ["1 group"]
    assert automatic.lacks(KINDS["line"], Asked(has_time=False)) == ["a time column"]
    assert automatic.lacks(KINDS["scatter"], Asked(dimensions=1)) == ["2 measures"]
    assert automatic.lacks(KINDS["bar"], Asked(raw=True)) == ["measures instead of raw rows"]
    assert automatic.lacks(KINDS["insight"], Asked()) == ["a metric"]


def test_time_that_was_a_matter_of_course_is_asked_for_by_the_next_kind():
    line, bar, pie = (KINDS[slug] for slug in ("line", "bar", "pie"))
    assert automatic.as_asked_by({"measures": ["a"]}, line, bar)["grain"] == "auto"
    assert "grain" not in automatic.as_asked_by({"grain": "day"}, line, pie)


@pytest.mark.parametrize(
    "address",
    [
        "/d/sales/?var-{column}={value}",
        "https://a.example/x?q={value}",
        "https://a.example:8443/",
        "",
    ],
)
def test_a_click_may_lead_within_the_site_or_to_https(address):
    assert Options.cleaned({"through": address})["through"] == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "//evil.example/",
        "/\\evil.example",
        "http://a.example/",
        "https://{value}.example/",
        "https://a@evil.example/",
        "data:text/html,x",
        "d/sales/",
    ],
)
def test_a_click_may_lead_nowhere_else(address):
    with pytest.raises(Exception, match="https"):
        Options.cleaned({"through": address})
