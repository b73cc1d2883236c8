"""Forms of the Data pages: well-formed or not, in the user's words."""

import csv
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Workspace
from apps.accounts.roles import Role
from apps.core.errors import UserError
from apps.datasources.compiler import compile_query
from apps.datasources.definition import definition
from apps.datasources.models import Column, Dataset, Format, Measure, Metric, RowPolicy
from apps.datasources.queries import METRIC_GRAINS, OPERATOR_WORDS
from apps.datasources.query import Filter, Query

CONDITIONS = 3


class DatasetForm(forms.ModelForm[Dataset]):
    """Name, words and time of a dataset."""

    class Meta:
        model = Dataset
        fields = ["name", "description", "time_column"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        times = self.instance.columns.filter(type=Column.Type.TIME)
        choices = [("", _("None")), *((each.name, each.label) for each in times)]
        self.fields["time_column"].widget = forms.Select(choices=choices)

    def clean_time_column(self) -> str:
        """A time column of this dataset, or none; a stream keeps its own."""
        name = str(self.cleaned_data["time_column"])
        if self.instance.is_live and name != self.initial.get("time_column"):
            raise forms.ValidationError(_("A stream keeps its time column."))
        if name and not self.instance.columns.filter(name=name, type=Column.Type.TIME).exists():
            raise forms.ValidationError(_("Choose a time column of this dataset."))
        return name


class ColumnsForm(forms.Form):
    """Labels, units and formats of all columns at once."""

    def __init__(self, *args: Any, dataset: Dataset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = list(dataset.columns.all())
        for column in self.columns:
            self.fields[f"label-{column.pk}"] = forms.CharField(
                label=_("Label"), max_length=120, initial=column.label
            )
            self.fields[f"unit-{column.pk}"] = forms.CharField(
                label=_("Unit"), max_length=20, required=False, initial=column.unit
            )
            self.fields[f"format-{column.pk}"] = forms.ChoiceField(
                label=_("Format"),
                choices=[("", "–"), *Format.choices],
                required=False,
                initial=column.format,
                disabled=column.type != Column.Type.NUMBER,
            )
            for name in ("label", "unit", "format"):
                field = self.fields[f"{name}-{column.pk}"]
                words = {"aria-label": f"{field.label}: {column.name}"}
                field.widget.attrs |= {"class": "input input--small", **words}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One per column, for the template."""
        names = ("label", "unit", "format")
        return [
            {"column": each, **{name: self[f"{name}-{each.pk}"] for name in names}}
            for each in self.columns
        ]

    def changed(self) -> list[Column]:
        """The columns with what was typed."""
        for column in self.columns:
            for name in ("label", "unit", "format"):
                setattr(column, name, self.cleaned_data[f"{name}-{column.pk}"])
        return self.columns


class MeasureForm(forms.ModelForm[Measure]):
    """A named aggregate. Its short name stays once it is in use by cards."""

    class Meta:
        model = Measure
        fields = ["label", "name", "aggregate", "column", "numerator", "denominator"]
        fields += ["unit", "format", "good"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dataset = self.instance.dataset
        columns = [("", "–"), *((each.name, each.label) for each in dataset.columns.all())]
        self.fields["column"].widget = forms.Select(choices=columns)
        parts = dataset.measures.exclude(aggregate=Measure.Aggregate.RATIO)
        for name in ("numerator", "denominator"):
            field: Any = self.fields[name]
            field.queryset = parts.exclude(pk=self.instance.pk)
            field.empty_label = "–"
        self.fields["numerator"].help_text = _("For a ratio: what is divided …")
        self.fields["denominator"].help_text = _("… by what.")
        self.fields["name"].help_text = _("In addresses and the API; it stays.")
        if self.instance.pk:
            self.fields["name"].disabled = True
        else:
            self.fields["name"].required = False

    def clean_name(self) -> str:
        """As typed, or made of the label."""
        label = slugify(self.cleaned_data.get("label", "")).replace("-", "_")[:60]
        name = str(self.cleaned_data.get("name") or label)
        taken = self.instance.dataset.measures.exclude(pk=self.instance.pk)
        if taken.filter(name=name).exists():
            raise forms.ValidationError(_("There is a measure of this short name already."))
        return name if name[:1].isalpha() else f"m_{name}".rstrip("_")

    def clean(self) -> dict[str, Any]:
        """The column exists and can be aggregated so."""
        data = super().clean() or {}
        column = self.instance.dataset.columns.filter(name=data.get("column") or "").first()
        aggregate = data.get("aggregate")
        if aggregate in (Measure.Aggregate.COUNT, Measure.Aggregate.RATIO):
            data["column"] = ""
        elif data.get("column") and column is None:
            self.add_error("column", _("Choose a column of this dataset."))
        elif column and aggregate != Measure.Aggregate.DISTINCT and column.type != "number":
            self.add_error("column", _("Only numbers can be aggregated so."))
        if aggregate != Measure.Aggregate.RATIO:
            data |= {"numerator": None, "denominator": None}
        return data


class MetricForm(forms.ModelForm[Metric]):
    """A measure over time that is forecast and checked."""

    grain = forms.ChoiceField(
        label=gettext_lazy("Step"), choices=list(METRIC_GRAINS.items()), initial="day"
    )

    class Meta:
        model = Metric
        fields = ["name", "measure", "grain", "is_watched"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dataset = self.instance.dataset
        measures: Any = self.fields["measure"]
        measures.queryset = dataset.measures.all()

    def clean(self) -> dict[str, Any]:
        """A series needs a time column."""
        if not self.instance.dataset.time_column:
            raise forms.ValidationError(_("This dataset has no time column."))
        return super().clean() or {}


class PolicyForm(forms.Form):
    """Which rows the people of a role see: conditions that must all hold."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    role = forms.ChoiceField(label=gettext_lazy("For the role"), choices=Role.choices)

    def __init__(
        self, *args: Any, dataset: Dataset, policy: RowPolicy | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.dataset, self.policy = dataset, policy
        items = list(policy.filters) if policy else []
        if policy:
            self.fields["name"].initial, self.fields["name"].disabled = policy.name, True
            self.fields["role"].initial = policy.role
        columns = [("", "–"), *((each.name, each.label) for each in dataset.columns.all())]
        self.count = max(CONDITIONS, len(items))
        for number in range(self.count):
            item = items[number] if number < len(items) else {}
            self._add(number, columns, item)

    def _add(self, number: int, columns: list[tuple[str, str]], item: dict[str, Any]) -> None:
        words: dict[str, tuple[str, Any, str]] = {
            "column": (_("Column"), columns, item.get("column", "")),
            "op": (_("Condition"), list(OPERATOR_WORDS.items()), item.get("op", "in")),
        }
        for name, (label, choices, initial) in words.items():
            self.fields[f"{name}-{number}"] = forms.ChoiceField(
                label=label, choices=choices, initial=initial, required=False
            )
        self.fields[f"values-{number}"] = forms.CharField(
            label=_("Values"), max_length=2000, required=False, initial=_joined(item)
        )

    @property
    def conditions(self) -> list[dict[str, Any]]:
        """One row of fields per condition, for the template."""
        names = ("column", "op", "values")
        return [{name: self[f"{name}-{n}"] for name in names} for n in range(self.count)]

    def clean_name(self) -> str:
        """A new policy has a new name."""
        name = str(self.cleaned_data["name"])
        if not self.policy and self.dataset.policies.filter(name=name).exists():
            raise forms.ValidationError(_("There is a policy of this name already."))
        return name

    def clean(self) -> dict[str, Any]:
        """At least one condition, and each one that the dataset can answer."""
        data = super().clean() or {}
        data["filters"] = []
        for number in range(self.count):
            if data.get(f"column-{number}"):
                self._take(number, data)
        if not data["filters"] and not self.errors:
            self.add_error("column-0", _("Name a column. Without a condition, nothing is hidden."))
        return data

    def _take(self, number: int, data: dict[str, Any]) -> None:
        op, text = data.get(f"op-{number}") or "in", data.get(f"values-{number}", "")
        values = [each.strip() for each in next(csv.reader([text], skipinitialspace=True), [])]
        item = {"column": data[f"column-{number}"], "op": op, "values": [v for v in values if v]}
        try:
            checked = Filter.from_json(item)
            plain = tuple(v for v in checked.values if not str(v).startswith("$"))
            if len(plain) == len(checked.values):
                _compiled(self.dataset, checked)
        except UserError as error:
            self.add_error(f"values-{number}", error.message)
        else:
            data["filters"].append(item)


def _compiled(dataset: Dataset, condition: Filter) -> None:
    """Raises UserError for values that do not fit their column."""
    query = Query(dataset=dataset.pk, columns=(condition.column,), filters=(condition,))
    compile_query(query, definition(dataset.pk, dataset.version), ())


def _joined(item: dict[str, Any]) -> str:
    return ", ".join(_cell(value) for value in item.get("values", []))


def _cell(value: Any) -> str:
    text = str(value)
    return f'"{text}"' if "," in text else text


def metric_slug(workspace: Workspace, name: str) -> str:
    """A slug that no other metric of the workspace has."""
    base = (slugify(name) or "metric")[:50].strip("-")
    taken: Iterable[str] = Metric.objects.filter(
        Q(slug=base) | Q(slug__startswith=f"{base}-"), workspace=workspace
    ).values_list("slug", flat=True)
    slug, twin, known = base, 1, set(taken)
    while slug in known:
        twin += 1
        slug = f"{base}-{twin}"
    return slug
