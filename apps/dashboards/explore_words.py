"""What Explore offers and says, in the reader's language: operators by type, steps, sentences."""

from typing import Any

from django.utils.translation import gettext as _

from apps.dashboards import ranges
from apps.datasources.query import GRAINS
from apps.widgets.draft import GRAIN_CHOICES
from apps.widgets.groups import PART_WORDS
from apps.widgets.kinds import KINDS

COARSE = ("minute", "hour", "day", "week", "month", "quarter", "year")


def grains() -> list[list[str]]:
    """[name, words] of each step of time that the page offers."""
    words = {**GRAIN_CHOICES, "auto": _("Auto")}
    names = ("auto", *COARSE, "fiscal_quarter", "fiscal_year")
    return [[name, str(words[name])] for name in names if name == "auto" or name in GRAINS]


def operators() -> dict[str, list[list[str]]]:
    """Type of column -> [operator, words], the most usual first."""
    missing = [["is_null", _("is missing")], ["not_null", _("is there")]]
    return {
        "text": [
            ["in", _("is one of")],
            ["not_in", _("is none of")],
            ["contains", _("contains")],
            ["not_contains", _("does not contain")],
            ["starts_with", _("begins with")],
            ["ends_with", _("ends with")],
            *missing,
        ],
        "number": [
            ["ge", _("is at least")],
            ["le", _("is at most")],
            ["gt", _("is more than")],
            ["lt", _("is less than")],
            ["between", _("is between")],
            ["eq", _("is")],
            ["ne", _("is not")],
            *missing,
        ],
        "boolean": [["eq", _("is")], *missing],
        "time": [
            ["within", _("is within")],
            ["ge", _("is on or after")],
            ["lt", _("is before")],
            *missing,
        ],
    }


def kinds() -> list[dict[str, Any]]:
    """The kinds that draw a question, and what each takes."""
    return [
        {
            "slug": kind.slug,
            "label": str(kind.label),
            "measures": kind.measures,
            "dimensions": kind.dimensions,
            "time": "needs" if kind.over_time else "takes" if kind.time_axis else "no",
        }
        for kind in KINDS.values()
        if kind.explores
    ]


def spans() -> list[list[str]]:
    """[from, to, words] of the relative ranges that a filter on a time offers."""
    return [[start, end, str(words)] for start, end, words in ranges.RANGES]


def parts() -> dict[str, str]:
    """Part of a time -> words."""
    return {name: str(words) for name, words in PART_WORDS.items()}


def sentences() -> dict[str, str]:
    """name -> sentence; {name} stands for what the script fills in."""
    return {
        "add_field": _("Add {name}"),
        "remove_field": _("Remove {name}"),
        "place_of": _("{name}, {at} of {n}. Arrow keys move it."),
        "moved": _("{name} is number {at} of {n} now."),
        "move_earlier": _("One place earlier"),
        "move_later": _("One place later"),
        "largest": _("Largest {name} only"),
        "largest_n": _("Largest {n} {name} only"),
        "left_out": _("Left out, since it is gone or hidden from you: {names}."),
        "step": _("Step of time"),
        "no_field": _("Nothing is called that."),
        "all_of": _("All of these"),
        "any_of": _("Any of these"),
        "joined": _("How the conditions are joined"),
        "column": _("Column"),
        "comparison": _("Comparison"),
        "value": _("Value"),
        "values": _("Values"),
        "least": _("Lowest"),
        "most": _("Highest"),
        "own_range": _("Own range…"),
        "range_from": _("From"),
        "range_to": _("To"),
        "yes": _("yes"),
        "no": _("no"),
        "add_condition": _("Condition"),
        "add_group": _("Group"),
        "remove_condition": _("Remove this condition"),
        "remove_group": _("Remove this group"),
        "remove_value": _("Remove {name}"),
        "no_values": _("No value in this range."),
        "pick_title": _("What do you want to know?"),
        "pick_text": _("Pick a measure at the left, or begin with one of these."),
        "no_measures_title": _("This dataset has no measures yet."),
        "no_measures_text": _(
            "An analyst can define them on its page; its rows can be seen already."
        ),
        "see_rows": _("See the rows"),
        "rows_of": _("Rows: {name}"),
        "rows_all": _("Rows"),
        "rows_first": _("The first {n} rows."),
        "not_here": _("{name} (not here)"),
        "no_rows_title": _("This dataset has no rows yet."),
        "empty_title": _("No data in this range."),
        "empty_range": _("This dataset has rows from {from} to {to}."),
        "empty_range_link": _("Show that range"),
        "empty_filtered": _("The filters leave no rows."),
        "empty_clear": _("Clear the filters"),
        "error_title": _("This could not be asked."),
        "error_network": _("The server does not answer. What you see is the last that arrived."),
        "retry": _("Try again"),
        "cannot_draw": _("{kind} does not fit this question."),
        "rows_n": _("{n} rows"),
        "row_one": _("1 row"),
        "rows_cut": _("first {n} rows"),
        "took": _("took {time}"),
        "took_rolled": _("took {time}, from a roll-up"),
        "kept": _("From the cache"),
        "fresh": _("Computed now"),
        "last_good": _("The last good answer"),
        "stale": _("From the cache, being refreshed"),
        "only": _("Only {name}"),
        "without": _("Without {name}"),
        "split": _("Split by {name}"),
        "coarser": _("Up to {name}"),
        "zoom": _("Only {name}"),
        "total": _("Total"),
        "total_hint": _("Over all rows, asked for and not added up"),
        "menu_of": _("Menu of {name}"),
        "more_rows": _("Show {n} more"),
        "sort_by": _("Sort by {name}"),
        "copied": _("Copied."),
        "saved": _("Saved on “{title}”."),
        "open": _("Open"),
        "by": _("{measures} by {groups}"),
        "over_time": _("time"),
        "before": _("before"),
        "change": _("Change"),
    }
