"""What a kind of widget is."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.accounts.queries import Visitor
from apps.core.errors import UserError
from apps.datasources.definition import Definition
from apps.datasources.query import Query, grain_for
from apps.datasources.steps import span_before
from apps.widgets.kinds.sums import check_adds_up
from apps.widgets.view import View

if TYPE_CHECKING:
    from apps.widgets.models import Widget


class Shape(StrEnum):
    """What a kind draws; kinds of one shape can stand in for each other."""

    VALUE = "value"
    TIME_SERIES = "time_series"
    CATEGORIES = "categories"
    MATRIX = "matrix"
    FLOW = "flow"
    ROWS = "rows"


class Family(StrEnum):
    """Where a kind stands in the gallery and in the form, in this order. What it is for."""

    FIGURES = "figures"
    TIME = "time"
    CATEGORIES = "categories"
    DISTRIBUTIONS = "distributions"
    RELATIONS = "relations"
    TABLES = "tables"
    MAPS = "maps"
    TEXT = "text"
    LAYOUT = "layout"

    @property
    def label(self) -> str | Promise:
        """In words."""
        return FAMILY_WORDS[self]


FAMILY_WORDS: dict[str, str | Promise] = {
    Family.FIGURES: gettext_lazy("Figures and targets"),
    Family.TIME: gettext_lazy("Over time"),
    Family.CATEGORIES: gettext_lazy("Categories and parts"),
    Family.DISTRIBUTIONS: gettext_lazy("Distributions"),
    Family.RELATIONS: gettext_lazy("Relations and flows"),
    Family.TABLES: gettext_lazy("Tables"),
    Family.MAPS: gettext_lazy("Maps"),
    Family.TEXT: gettext_lazy("Insights and alerts"),
    Family.LAYOUT: gettext_lazy("Layout"),
}


# a path of this site, or https and a host; names in braces stand behind those only
THROUGH = re.compile(r"(?:/(?![/\\])|https://[A-Za-z0-9.-]+(?::\d{1,5})?(?=[/?#]|$))[^\s\\<>\"]*")


class ColumnChoice(forms.ChoiceField):
    """An option that names a column of the dataset. types: Column.Type values that fit, or all.

    likely: a pattern for names of columns; the form of a new card begins with the first of them.
    instead: it stands in for something else, so that the gallery's card leaves it open.
    Whether the column exists is the engine's to say, who asks for it: an option is kept as it is.
    """

    def __init__(
        self, *, types: tuple[str, ...] = (), likely: str = "", instead: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(required=False, initial="", choices=[("", "–")], **kwargs)
        self.types = types
        self.likely = likely
        self.instead = instead

    def valid_value(self, value: Any) -> bool:
        """Any name."""
        return len(str(value)) <= 200

    def offer(self, shape: Definition) -> None:
        """Let it choose among the columns that somebody sees."""
        fitting = [each for each in shape.columns if not self.types or each.type in self.types]
        self.choices = [("", "–"), *((each.name, each.label) for each in fitting)]
        if self.likely:
            found = (each.name for each in fitting if re.search(self.likely, each.name, re.I))
            self.initial = next(found, "")


class MeasureChoice(ColumnChoice):
    """An option that names a measure of the dataset."""

    def offer(self, shape: Definition) -> None:
        """Let it choose among the measures that somebody sees."""
        self.choices = [("", "–"), *((each.name, each.label) for each in shape.measures)]


class GridChoice(forms.IntegerField):
    """An option that names an editable grid, by its number: its figures are this card's targets.

    Call it `target_grid`: then `overlays.targets` of the card's data is a frame of them, for the
    view's span, of the rows that the reader sees (grids.targets_frame).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, min_value=1, max_value=2**31, **kwargs)


class Options(forms.Form):
    """The options of a kind; every field has a default, so that {} is valid.

    `through`: where a click on a mark can lead, the same for all kinds.
    """

    through = forms.CharField(
        label=gettext_lazy("A click can lead to"),
        help_text=gettext_lazy(
            "A page of this site (/d/sales/?var-{column}={value}) or an https address; "
            "{value}, {column}, {from}, {to} and names of columns are filled in."
        ),
        required=False,
        initial="",
        max_length=500,
        strip=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*(name for name in self.fields if name != "through"), "through"])

    def clean_through(self) -> str:
        """Only this site, or https with a host that nothing is filled into."""
        address = str(self.cleaned_data["through"])
        if address and not THROUGH.fullmatch(address):
            message = _("Write an address of this site (/d/…) or one with https://.")
            raise forms.ValidationError(message)
        return address

    def offer(self, shape: Definition) -> None:
        """Fill the choices of columns and measures."""
        for name, each in self.fields.items():
            if isinstance(each, ColumnChoice):
                each.offer(shape)
                self._guess(name, each)

    def _guess(self, name: str, field: ColumnChoice) -> None:
        """Of another dataset than before, its likeliest column."""
        offered: Any = field.choices
        if self.is_bound and field.likely and self[name].value() not in dict(list(offered)[1:]):
            data: Any = self.data
            self.data = data = data.copy()
            data[self.add_prefix(name)] = field.initial

    def offer_in(self, workspace_id: int) -> None:
        """Fill the choices that a workspace has."""

    @classmethod
    def named_in(cls, options: dict[str, Any]) -> dict[str, list[str]]:
        """The columns and measures that options name, as a question that names them would."""
        found: dict[str, list[str]] = {"columns": [], "measures": []}
        for name, each in cls.base_fields.items():
            if isinstance(each, ColumnChoice) and options.get(name):
                kind = "measures" if isinstance(each, MeasureChoice) else "columns"
                found[kind].append(str(options[name]))
        return found

    @classmethod
    def cleaned(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Options with defaults filled in and unknown keys dropped. Raises UserError."""
        fields = cls.base_fields
        given = {name: data.get(name, field.initial) for name, field in fields.items()}
        form = cls(given)
        if not form.is_valid():
            field, errors = next(iter(form.errors.items()))
            raise UserError(str(errors[0]), field=f"options.{field}")
        return dict(form.cleaned_data)


class Kind:
    """One kind: its options form, its shape, and the questions that it asks. Never HTML.

    docs/kinds.md is the contract with its drawing module.
    """

    slug: ClassVar[str]
    label: ClassVar[str | Promise]
    hint: ClassVar[str | Promise] = ""
    shape: ClassVar[Shape]
    family: ClassVar[Family]
    options: ClassVar[type[Options]] = Options
    dimensions: ClassVar[tuple[int, int]] = (0, 1)  # fewest and most
    measures: ClassVar[tuple[int, int]] = (1, 1)
    over_time: ClassVar[bool] = False  # always drawn over time
    time_axis: ClassVar[bool] = False  # time may stand in for a dimension, if it is asked for
    compares: ClassVar[bool] = False  # draws the period before beside this one
    by_weeks: ClassVar[bool] = False  # is told on which day weeks begin
    lists_rows: ClassVar[bool] = False  # raw columns may stand in for measures
    slots: ClassVar[tuple[str | Promise, ...]] = ()  # what each measure is for, in order
    explores: ClassVar[bool] = False  # Explore offers it: it needs no option of its own
    adds_up: ClassVar[bool] = False  # it adds its first measure up, so that must be a sum
    ignores_measures: ClassVar[bool] = False  # it asks for its own; the form offers none
    needs_query: ClassVar[bool] = True
    query_optional: ClassVar[bool] = False  # it may ask a dataset, and draws without one too
    needs_metric: ClassVar[bool] = False
    metric_optional: ClassVar[bool] = False  # it may be about one metric, or about all
    is_personal: ClassVar[bool] = False  # each reader sees their own: never shared or kept
    size: ClassVar[tuple[int, int]] = (8, 7)  # columns and rows of a new card
    likely: ClassVar[str] = ""  # a pattern for names of columns that a new card is grouped by first
    likely_parts: ClassVar[tuple[str, ...]] = ()  # parts of the time that it is grouped by first
    shows: ClassVar[tuple[int, int] | None] = None  # dimensions and measures of the gallery's card
    refresh_s: ClassVar[int] = 0  # asked again after so many seconds, whatever the range

    def begins_with(self, measures: int, options: dict[str, Any]) -> tuple[int, int]:
        """How many dimensions and measures a form chooses, so that its preview draws at once."""
        return self.dimensions[0], self.measures[0]

    def example_options(self, shape: Definition) -> dict[str, Any]:
        """What the gallery's card says beside the columns that options name."""
        return {}

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The questions of one card by name: "main", and "previous" for a comparison."""
        main = self.main(template, options, shape, view)
        found = {"main": main}
        compare = view.compare or options.get("compare") or ""
        if compare and main.window and self.compares and not template.get("compare"):
            found["previous"] = shifted(main, compare)
        return found

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """The template as a Query within the view."""
        asked_for = self.time_axis and bool(template.get("grain"))
        query = build(template, shape, view, over_time=self.over_time or asked_for)
        if self.adds_up:
            check_adds_up(query, shape, self.label)
        return query

    def overlays(
        self, widget: "Widget", options: dict[str, Any], view: View, user: Visitor
    ) -> dict[str, Any]:
        """What is drawn beside the frames and comes from no question; only what `user` may see."""
        return {}

    def check_options(self, options: dict[str, Any], shape: Definition | None) -> None:
        """Whether the options fit the dataset, before a card is kept. shape: as its author sees it.

        Raises UserError with the field, such as "options.text".
        """

    def check_workspace(self, options: dict[str, Any], workspace_id: int) -> None:
        """Whether the options name what the workspace has. Raises UserError with the field."""

    def check_asked(self, template: dict[str, Any], options: dict[str, Any]) -> None:
        """Whether something is asked for at all. Raises UserError with the field."""
        asks = template.get("measures") or template.get("columns")
        if self.measures[0] and not asks and not self.ignores_measures:
            raise UserError(self._remedy("measures", 0), field="measures")

    def check(self, query: Query) -> None:
        """Whether the kind can draw this question. Raises UserError with the field."""
        axes = len(query.dimensions) + bool(self.time_axis and query.grain)
        for field, count, (fewest, most) in (
            ("measures", len(query.measures), self.measures),
            ("dimensions", axes, self.dimensions),
        ):
            if not fewest <= count <= most and not query.columns:
                raise UserError(self._remedy(field, count), field=field)

    def _remedy(self, field: str, count: int) -> str:
        """What is wrong with so many measures or dimensions, and what to do where in the form."""
        fewest, most = self.measures if field == "measures" else self.dimensions
        bound = fewest if count < fewest else most
        if field == "measures":
            plain = ngettext("Measure", "Measures", most)
            place = self.slots[min(count, len(self.slots) - 1)] if self.slots else plain
            counted = ngettext("%(n)s measure", "%(n)s measures", bound) % {"n": bound}
        else:
            place = _("Split by") if self.over_time else _("Grouped by")
            counted = ngettext("%(n)s group", "%(n)s groups", bound) % {"n": bound}
        if count < fewest:
            message = _("%(kind)s needs %(counted)s: choose %(more)s more under “%(place)s”.")
        else:
            message = _("%(kind)s takes at most %(counted)s: remove %(more)s under “%(place)s”.")
        more = abs(count - bound)
        return message % {"kind": self.label, "counted": counted, "more": more, "place": place}


def build(template: dict[str, Any], shape: Definition, view: View, *, over_time: bool) -> Query:
    """A stored template (a Query without dataset and window) asked within a view."""
    data = {key: value for key, value in template.items() if value not in (None, "", [])}
    grain = data.pop("grain", "auto")
    window = view.window() if shape.time_column else None
    if over_time:
        if window is None:
            message = _("This dataset has no time column, so nothing can be drawn over time.")
            raise UserError(message, field="dataset")
        data["grain"] = grain_for(window, view.width) if grain == "auto" else grain
    query = Query.from_json(
        {
            **data,
            "dataset": shape.dataset_id,
            "time": shape.time_column or None,
            "timezone": view.timezone,
        }
    )
    query = query.narrowed(view.filters_on(shape.columns))
    return query.within(window) if window else query


def shifted(query: Query, compare: str) -> Query:
    """The same question about the period before, or a year earlier (52 weeks: same weekdays)."""
    assert query.window is not None  # noqa: S101 - the caller has looked
    if compare == "year":
        return query.within(query.window.shifted(timedelta(days=-364)))
    return query.within(span_before(query.window, query.timezone))
