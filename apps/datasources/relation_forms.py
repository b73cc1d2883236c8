"""A dataset of what a source holds, as a form: where its rows are, then what becomes of them."""

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


class LookupForm(forms.Form):
    """Where the rows are: the relation's name, and what the connector needs besides."""

    relation = forms.CharField(label=gettext_lazy("Table"), max_length=200, required=False)

    def __init__(self, data: Any = None, *, kind: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.kind, self.table = kind, tables.options_of(kind)
        field = self.fields["relation"]
        if kind in WORDS:
            field.label, field.widget.attrs["placeholder"] = WORDS[kind]
        for each in self.table:
            self.fields[f"{PREFIX}{each.name}"] = self._option(each)

    def _option(self, option: Any) -> forms.Field:
        words = {"label": option.label, "help_text": option.help, "required": False}
        if option.kind == "choice":
            choices = [(each, each) for each in option.choices]
            return forms.ChoiceField(**words, choices=choices, initial=option.default)
        if option.kind == "boolean":
            return forms.BooleanField(**words, initial=bool(option.default))
        if option.kind == "number":
            return forms.IntegerField(**words, initial=option.default)
        return forms.CharField(**words, max_length=2000, initial=option.default)

    @property
    def is_typed(self) -> bool:
        """Whether the rows are named by typing rather than chosen from a list."""
        return self.kind in WORDS or bool(self.table)

    def draft(self, source: Source) -> tables.Draft:
        """What is there. Raises UserError."""
        if not self.is_valid():
            name, errors = next(iter(self.errors.items()))
            raise UserError(str(errors[0]), field=name)
        data = self.cleaned_data
        given = {each.name: data.get(f"{PREFIX}{each.name}") for each in self.table}
        return tables.draft(source, data["relation"], given)

    def refuse(self, error: UserError) -> None:
        """Put an error at the field that it is about, or above all of them."""
        name = (error.field or "").removeprefix("options.")
        for field in (f"{PREFIX}{name}", name):
            if field in self.fields:
                if field not in self.errors:
                    self.add_error(field, error.message)
                return
        self.add_error(None, error.message)


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
