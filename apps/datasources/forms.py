"""Forms of the Data pages: well-formed or not, in the user's words."""

import csv
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User, Workspace
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE, Role
from apps.core.errors import UserError
from apps.datasources import uploads
from apps.datasources.compiler import compile_query
from apps.datasources.definition import definition
from apps.datasources.models import Column, Dataset, Format, Measure, Metric, RowPolicy
from apps.datasources.queries import METRIC_GRAINS, OPERATOR_WORDS
from apps.datasources.query import Filter, Query

NEW = "new"
FIRST_MEASURES = (
    ("", gettext_lazy("None")),
    (Measure.Aggregate.SUM, Measure.Aggregate.SUM.label),
    (Measure.Aggregate.AVERAGE, Measure.Aggregate.AVERAGE.label),
    (Measure.Aggregate.MINIMUM, Measure.Aggregate.MINIMUM.label),
    (Measure.Aggregate.MAXIMUM, Measure.Aggregate.MAXIMUM.label),
    (Measure.Aggregate.MEDIAN, Measure.Aggregate.MEDIAN.label),
)
CONDITIONS = 3


class UploadForm(forms.Form):
    """A file, and the workspace that it is for."""

    file = forms.FileField(label=gettext_lazy("File"))
    workspace = forms.ModelChoiceField(
        Workspace.objects.none(), label=gettext_lazy("Workspace"), empty_label=None
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine: Any = self.fields["workspace"]
        mine.queryset = workspaces_where(user, DEFINE)
        first = mine.queryset.first()
        mine.initial = first
        if mine.queryset.count() == 1:
            mine.widget = forms.HiddenInput()
            mine.initial = first.pk
        accepted = ".csv,.tsv,.txt,.parquet,.jsonl,.ndjson,.json"
        self.fields["file"].widget.attrs |= {"accept": accepted, "data-file": ""}


class DraftForm(forms.Form):
    """What becomes of a draft: where its rows go, and the type of each column."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    into = forms.ChoiceField(label=gettext_lazy("Becomes"))
    time_column = forms.ChoiceField(label=gettext_lazy("Time column"), required=False)
    accept = forms.BooleanField(
        label=gettext_lazy("I know that charts which use them will break"), required=False
    )

    def __init__(self, *args: Any, draft: uploads.Draft, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draft = draft
        editable = Dataset.objects.editable_by(user)
        self.targets = {
            str(each.pk): each
            for each in editable.filter(workspace=draft.workspace_id, kind=Dataset.Kind.UPLOAD)
        }
        into: Any = self.fields["into"]
        into.choices = [(NEW, _("A new dataset")), *self._targets()]
        same = next((t for t in self.targets.values() if t.slug == slugify(draft.title)), None)
        into.initial = f"replace:{same.pk}" if same else NEW
        self.fields["name"].initial = same.name if same else draft.title
        times = [each for each in draft.columns if each["type"] == Column.Type.TIME]
        time: Any = self.fields["time_column"]
        time.choices = [("", _("None")), *((c["name"], c["label"]) for c in draft.columns)]
        time.initial = times[0]["name"] if times else ""
        for column in draft.columns:
            self._add(column)
        self.fields["into"].widget.attrs |= {"aria-describedby": "changes"}

    def _targets(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Choices "replace:<pk>" and "append:<pk>", in two groups."""
        if not self.targets:
            return []
        each = [(pk, target.name) for pk, target in self.targets.items()]
        return [
            (str(_("Other rows, in place of those of")), [(f"replace:{pk}", n) for pk, n in each]),
            (str(_("More rows, appended to")), [(f"append:{pk}", n) for pk, n in each]),
        ]

    def _add(self, column: dict[str, Any]) -> None:
        key, label = column["key"], column["label"]
        declared = {column["kind"], Column.Type.TEXT.value}
        self.fields[f"type-{key}"] = forms.ChoiceField(
            label=_("Type of %(column)s") % {"column": label},
            choices=[
                choice
                for choice in Column.Type.choices
                if column["kind"] == "text" or choice[0] in declared
            ],
            initial=column["type"],
        )
        is_number = column["type"] == Column.Type.NUMBER
        self.fields[f"measure-{key}"] = forms.ChoiceField(
            label=_("First measure of %(column)s") % {"column": label},
            choices=FIRST_MEASURES,
            required=False,
            initial=uploads.suggested_aggregate(column) if is_number else "",
        )
        for name in ("type", "measure"):
            widget = self.fields[f"{name}-{key}"].widget
            widget.attrs |= {"aria-label": self.fields[f"{name}-{key}"].label}
            widget.attrs |= {"class": "input input--small"}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One per column, for the template."""
        return [
            {
                "column": column,
                "type": self[f"type-{column['key']}"],
                "measure": self[f"measure-{column['key']}"],
                "empty": self.draft.rows - column["filled"],
            }
            for column in self.draft.columns
        ]

    def types(self) -> dict[str, str]:
        """Column key -> type as chosen so far."""
        data = getattr(self, "cleaned_data", {})
        return {
            column["key"]: data.get(f"type-{column['key']}") or column["type"]
            for column in self.draft.columns
        }

    def target(self) -> tuple[Dataset | None, bool]:
        """The dataset that takes the rows, and whether they are appended."""
        how, _colon, pk = str(self["into"].value() or NEW).partition(":")
        return self.targets.get(pk), how == "append"

    def changes(self) -> list[str]:
        """What replacing would change of the target's shape, in sentences."""
        target, is_append = self.target()
        if target is None or is_append:
            return []
        return uploads.differences(self.draft, target, self.types())

    def clean(self) -> dict[str, Any]:
        """The time column is a time; a changed shape is accepted knowingly."""
        data = super().clean() or {}
        _target, is_append = self.target()
        types = {c["name"]: data.get(f"type-{c['key']}") for c in self.draft.columns}
        time = data.get("time_column")
        if time and types.get(time) != Column.Type.TIME and not is_append:
            self.add_error("time_column", _("Make it a time below, or choose another column."))
        if self.changes() and not data.get("accept"):
            self.add_error("accept", _("The shape changes. Confirm that this is what you want."))
        return data

    def choice(self) -> uploads.Choice:
        """What was confirmed."""
        data = self.cleaned_data
        target, is_append = self.target()
        keys = [column["key"] for column in self.draft.columns]
        return uploads.Choice(
            name=data["name"],
            types=self.types(),
            time_column=data["time_column"],
            aggregates={key: data[f"measure-{key}"] for key in keys},
            target=target,
            is_append=is_append,
        )


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
