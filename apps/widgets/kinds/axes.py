"""Options that several kinds over time share: axes, lines across, how many lines."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.datasources.definition import Definition
from apps.datasources.query import Query, Top
from apps.widgets.kinds.base import Options

COMPARE = [
    ("", gettext_lazy("Nothing")),
    ("previous", gettext_lazy("Previous period")),
    ("year", gettext_lazy("Last year")),
]
SIDES = [
    ("", gettext_lazy("By unit")),
    ("left", gettext_lazy("Left")),
    ("right", gettext_lazy("Right")),
]
ROLES = [
    ("target", gettext_lazy("Target")),
    ("good", gettext_lazy("Good")),
    ("warn", gettext_lazy("Warning")),
    ("bad", gettext_lazy("Bad")),
]
ORDINALS: tuple[str | Promise, ...] = (
    gettext_lazy("First measure"),
    gettext_lazy("Second measure"),
    gettext_lazy("Third measure"),
    gettext_lazy("Fourth measure"),
)


def per_measure(place: int, what: str | Promise, choices: list[Any]) -> forms.ChoiceField:
    """A choice about the measure in that place of the question, counted from 0."""
    label = format_lazy("{measure}: {what}", measure=ORDINALS[place], what=what)
    return forms.ChoiceField(label=label, choices=choices, required=False, initial="")


def number(label: Any) -> forms.FloatField:
    """A number that may be left out."""
    return forms.FloatField(label=label, required=False, initial=None)


class AxisOptions(Options):
    """Where the axes of values begin and end, and how they run."""

    low = number(gettext_lazy("Left axis from"))
    high = number(gettext_lazy("Left axis to"))
    low_right = number(gettext_lazy("Right axis from"))
    high_right = number(gettext_lazy("Right axis to"))
    scale = forms.ChoiceField(
        label=gettext_lazy("Steps of the axes"),
        choices=[("", gettext_lazy("Even")), ("log", gettext_lazy("Logarithmic"))],
        required=False,
        initial="",
    )
    zero = forms.ChoiceField(
        label=gettext_lazy("Axes begin at zero"),
        choices=[
            ("", gettext_lazy("Where that flattens nothing")),
            ("always", gettext_lazy("Always")),
            ("never", gettext_lazy("Never")),
        ],
        required=False,
        initial="",
    )

    def clean(self) -> dict[str, Any]:
        """An axis ends above where it begins, and a logarithmic one is above zero."""
        given = super().clean() or {}
        for low, high in (("low", "high"), ("low_right", "high_right")):
            first, last = given.get(low), given.get(high)
            if first is not None and last is not None and last <= first:
                self.add_error(high, _("The axis must end above where it begins."))
            for name, edge in ((low, first), (high, last)):
                if given.get("scale") == "log" and edge is not None and edge <= 0:
                    self.add_error(name, _("A logarithmic axis has only numbers above zero."))
        return given


class TargetOptions(Options):
    """Up to three lines across: a target, or limits."""

    target_1 = number(gettext_lazy("Line across at"))
    target_1_label = forms.CharField(
        label=gettext_lazy("Its name"), max_length=60, required=False, initial=""
    )
    target_1_role = forms.ChoiceField(
        label=gettext_lazy("Its colour"), choices=ROLES, required=False, initial="target"
    )
    target_2 = number(gettext_lazy("Second line across at"))
    target_2_label = forms.CharField(
        label=gettext_lazy("Its name"), max_length=60, required=False, initial=""
    )
    target_2_role = forms.ChoiceField(
        label=gettext_lazy("Its colour"), choices=ROLES, required=False, initial="warn"
    )
    target_3 = number(gettext_lazy("Third line across at"))
    target_3_label = forms.CharField(
        label=gettext_lazy("Its name"), max_length=60, required=False, initial=""
    )
    target_3_role = forms.ChoiceField(
        label=gettext_lazy("Its colour"), choices=ROLES, required=False, initial="bad"
    )


def largest(query: Query, shape: Definition, most: int) -> Query:
    """The question about the `most` largest values of its dimension and all others together.

    Thousands of lines would reach the limit of rows and be cut by time. A stream is left as it is:
    the top of a moving window has no newest steps that could be asked by themselves.
    """
    if not query.dimensions or query.top or query.limit or shape.is_stream:
        return query
    return replace(query, top=Top(most, query.measures[0], other=True))
