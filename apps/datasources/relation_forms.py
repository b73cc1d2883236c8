"""A dataset of what a source holds, as a form: where its rows are, then what becomes of them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources import tables
from apps.datasources.models import Dataset, Measure, Source

PREFIX = "option-"
WORDS = {  # kind -> what names the rows, and how it is written
    "prometheus": (gettext_lazy("Expression"), "sum by (job) (rate(http_requests_total[5m]))"),
    "http": (gettext_lazy("Path"), "/v1/orders"),
    "opensearch": (gettext_lazy("Index"), "logs-*"),
}
FIRST_STEPS = {  # kind -> how a first dataset comes about
    "prometheus": gettext_lazy("None yet. Write an expression below, or choose a metric."),
    "http": gettext_lazy("None yet. Say below at which path the rows are."),
    "opensearch": gettext_lazy("None yet. Name an index below, or choose one."),
    "": gettext_lazy("None yet. Choose a table below; two clicks later charts can ask it."),
}
SEARCH_WORDS = {
    "prometheus": gettext_lazy("Search metrics"),
    "opensearch": gettext_lazy("Search indices"),
    "": gettext_lazy("Search tables"),
}


PAGINGS = (
    ("none", gettext_lazy("All rows come at once")),
    ("page", gettext_lazy("Pages with numbers")),
    ("offset", gettext_lazy("So many rows are skipped (offset)")),
    ("cursor", gettext_lazy("Each page names a cursor for the next")),
    ("link", gettext_lazy("Each page links to the next")),
)


# how pages follow each other -> the fields that say so
PAGING_PARTS: dict[str, tuple[str, ...]] = {
    "none": (),
    "page": ("param", "start", "size_param", "size"),
    "offset": ("param", "start", "size_param", "size"),
    "cursor": ("param", "next", "size_param", "size"),
    "link": ("next", "size_param", "size"),
}
PAGE_FIELDS = frozenset(name for parts in PAGING_PARTS.values() for name in parts)


class LookupForm(forms.Form):
    """Where the rows are: the relation's name, and for some kinds what is needed besides."""

    relation = forms.CharField(label=gettext_lazy("Table"), max_length=200, required=False)

    def __init__(self, data: Any = None, *, kind: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.kind = kind
        field = self.fields["relation"]
        if kind in WORDS:
            field.label, field.widget.attrs["placeholder"] = WORDS[kind]
        for name, option in OPTIONS.get(kind, dict)().items():
            option.required = False
            users = [kind for kind, parts in PAGING_PARTS.items() if name in parts]
            option.needed_for = " ".join(users)  # type: ignore[attr-defined]
            self.fields[f"{PREFIX}{name}"] = option

    def clean(self) -> dict[str, Any]:
        """What was typed for another kind of paging is not on the page, so it is no error."""
        data = super().clean() or {}
        kind = data.get(f"{PREFIX}paging") or "none"
        for name in PAGE_FIELDS.difference(PAGING_PARTS[kind]):
            self.errors.pop(f"{PREFIX}{name}", None)
            data.pop(f"{PREFIX}{name}", None)
        return data

    @property
    def first_step(self) -> str:
        """What to do to get a first dataset of such a source."""
        return str(FIRST_STEPS.get(self.kind, FIRST_STEPS[""]))

    @property
    def search_words(self) -> str:
        """What the list of such a source is searched for."""
        return str(SEARCH_WORDS.get(self.kind, SEARCH_WORDS[""]))

    @property
    def is_typed(self) -> bool:
        """Whether the rows are named by typing rather than chosen from a list."""
        return self.kind in WORDS

    @property
    def is_listed(self) -> bool:
        """Whether the source tells what there is."""
        return self.kind != "http"

    def draft(self, source: Source) -> tables.Draft:
        """What is there. Raises UserError."""
        if not self.is_valid():
            name, errors = next(iter(self.errors.items()))
            raise UserError(str(errors[0]), field=name)
        return tables.draft(source, self.cleaned_data["relation"], self.options())

    def options(self) -> dict[str, Any]:
        """A dataset's options as its connector takes them."""
        data = {name.removeprefix(PREFIX): value for name, value in self.cleaned_data.items()}
        told = {k: v for k, v in data.items() if v not in (None, "") and k != "relation"}
        kind = told.pop("paging", "none")
        paging = {name: told.pop(name) for name in PAGING_PARTS[kind] if name in told}
        if kind != "none":
            told["paging"] = {"kind": kind, **paging}
        return told

    def refuse(self, error: UserError) -> None:
        """Put an error at the field that it is about, or above all of them."""
        name = (error.field or "").removeprefix("options.")
        name = "relation" if name == "path" else name
        for field in (f"{PREFIX}{name}", name):
            if field in self.fields:
                if field not in self.errors:
                    self.add_error(field, error.message)
                return
        self.add_error(None, error.message)


def _http_options() -> dict[str, forms.Field]:
    """Where in the answer the rows are, and how one page leads to the next."""
    return {
        "records": forms.CharField(
            label=_("Rows are at (JSONPath)"), max_length=300, help_text=_("Such as $.items[*]")
        ),
        "since": forms.CharField(
            label=_("Parameter for new rows only"),
            max_length=100,
            help_text=_("Where the address takes one, such as updated_after"),
        ),
        "paging": forms.ChoiceField(label=_("Pages"), choices=PAGINGS),
        "param": forms.CharField(
            label=_("Parameter of the page"),
            max_length=100,
            help_text=_("What the address calls its page, offset or cursor"),
        ),
        "start": forms.IntegerField(label=_("First page or offset"), min_value=0),
        "next": forms.CharField(
            label=_("The next is at (JSONPath)"),
            max_length=300,
            help_text=_("Such as $.next; a link in the answer's header needs none"),
        ),
        "size_param": forms.CharField(
            label=_("Parameter of the size"),
            max_length=100,
            help_text=_("Where the address takes one, such as limit"),
        ),
        "size": forms.IntegerField(label=_("Rows of a page"), min_value=1),
    }


def _prometheus_options() -> dict[str, forms.Field]:
    """How far back a copy of the samples goes."""
    days = forms.IntegerField(label=_("Days of history in a copy"), min_value=1, max_value=3650)
    return {"history_days": days}


OPTIONS: dict[str, Callable[[], dict[str, forms.Field]]] = {
    "http": _http_options,
    "prometheus": _prometheus_options,
}


class DraftForm(forms.Form):
    """Name, time column and first measures of a dataset to be."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    time_column = forms.ChoiceField(label=gettext_lazy("Time column"), required=False)
    measures = forms.MultipleChoiceField(
        label=gettext_lazy("First measures"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, draft: tables.Draft, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draft = draft
        fields: dict[str, Any] = self.fields
        name = draft.relation.rpartition(".")[2] or draft.source.name
        fields["name"].initial = name.replace("_", " ").strip(" /").capitalize()[:120]
        times = draft.time_columns
        fields["time_column"].choices = [("", _("None")), *((each, each) for each in times)]
        fields["time_column"].initial = times[0] if times else ""
        self.proposed = {each["name"]: each for each in draft.measures}
        fields["measures"].choices = [(k, _words(each)) for k, each in self.proposed.items()]
        fields["measures"].initial = list(self.proposed)

    def make(self) -> Dataset:
        """The dataset as confirmed. Raises UserError."""
        data = self.cleaned_data
        return tables.make_dataset(
            self.draft,
            name=data["name"],
            time_column=data["time_column"],
            measures=[self.proposed[name] for name in data["measures"]],
        )


def _words(measure: dict[str, Any]) -> str:
    if measure["aggregate"] == Measure.Aggregate.COUNT:
        return _("Number of rows")
    is_sum = measure["aggregate"] == Measure.Aggregate.SUM
    words = _("Sum of %(label)s") if is_sum else _("Average of %(label)s")
    return words % {"label": measure["label"]}
