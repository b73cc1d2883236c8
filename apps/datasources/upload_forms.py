"""Forms of an upload: the file, how it is read, and what becomes of its draft."""

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User, Workspace
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE
from apps.datasources import twins, upload_shape, uploads
from apps.datasources.hiding import definable_by
from apps.datasources.models import Column, Dataset, Measure
from apps.datasources.upload_measures import suggested_aggregate

NEW = "new"
ACCEPTED = ".csv,.tsv,.txt,.gz,.xlsx,.xlsm,.json,.jsonl,.ndjson,.parquet"
FIRST_MEASURES = (
    ("", gettext_lazy("None")),
    (Measure.Aggregate.SUM, Measure.Aggregate.SUM.label),
    (Measure.Aggregate.AVERAGE, Measure.Aggregate.AVERAGE.label),
    (Measure.Aggregate.MINIMUM, Measure.Aggregate.MINIMUM.label),
    (Measure.Aggregate.MAXIMUM, Measure.Aggregate.MAXIMUM.label),
    (Measure.Aggregate.MEDIAN, Measure.Aggregate.MEDIAN.label),
)
AUTOMATIC = ("", gettext_lazy("Automatic"))
ENCODINGS = (
    ("utf-8-sig", "UTF-8"),
    ("cp1252", gettext_lazy("Windows-1252 (Western Europe)")),
    ("iso8859_15", gettext_lazy("ISO 8859-15 (Western Europe)")),
    ("cp1250", gettext_lazy("Windows-1250 (Central Europe)")),
    ("cp1251", gettext_lazy("Windows-1251 (Cyrillic)")),
    ("mac_roman", gettext_lazy("Mac Roman")),
    ("shift_jis", gettext_lazy("Shift JIS (Japanese)")),
    ("gb18030", gettext_lazy("GB 18030 (Chinese)")),
    ("utf-16", "UTF-16"),
    ("utf-32", "UTF-32"),
)
DELIMITERS = (
    (",", gettext_lazy("Comma")),
    (";", gettext_lazy("Semicolon")),
    ("\t", gettext_lazy("Tab")),
    ("|", gettext_lazy("Bar")),
)
HEADS = (("yes", gettext_lazy("Names")), ("no", gettext_lazy("Values already")))
DECIMALS = (("point", "1,234.5"), ("comma", "1.234,5"))
DATES = (
    ("dmy", gettext_lazy("Day first: 31/12/2026")),
    ("mdy", gettext_lazy("Month first: 12/31/2026")),
)


class UploadForm(forms.Form):
    """A file, and the workspace or the dataset that it is for."""

    file = forms.FileField(label=gettext_lazy("File"))
    workspace = forms.ModelChoiceField(
        Workspace.objects.none(), label=gettext_lazy("Workspace"), empty_label=None
    )
    into = forms.ModelChoiceField(
        Dataset.objects.none(), required=False, widget=forms.HiddenInput()
    )

    def __init__(self, *args: Any, user: User, into: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine: Any = self.fields["workspace"]
        mine.queryset = workspaces_where(user, DEFINE)
        targets: Any = self.fields["into"]
        targets.queryset = definable_by(user).filter(kind=Dataset.Kind.UPLOAD)
        asked = self.data.get("into") if self.is_bound else into
        self.target = targets.queryset.filter(pk=asked).first() if str(asked).isdecimal() else None
        targets.initial = self.target and self.target.pk
        first = self.target.workspace if self.target else mine.queryset.first()
        mine.initial = first
        if self.target or mine.queryset.count() == 1:
            mine.widget = forms.HiddenInput()
            mine.initial = first.pk
        self.fields["file"].widget.attrs |= {"accept": ACCEPTED, "data-file": ""}

    def clean(self) -> dict[str, Any]:
        """Rows for a dataset go to its workspace."""
        data = super().clean() or {}
        if data.get("into"):
            data["workspace"] = data["into"].workspace
        return data


class ReadingForm(forms.Form):
    """How a file is read, where it was not read rightly. Which fields there are depends on it."""

    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"), required=False)
    head = forms.IntegerField(
        label=gettext_lazy("Names are in row"),
        help_text=gettext_lazy("0 if there are none."),
        min_value=0,
        max_value=100_000,
        required=False,
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"), choices=(AUTOMATIC, *ENCODINGS), required=False
    )
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Values are separated by"),
        choices=(AUTOMATIC, *DELIMITERS),
        required=False,
    )
    decimals = forms.ChoiceField(
        label=gettext_lazy("Numbers like"), choices=(AUTOMATIC, *DECIMALS), required=False
    )
    dates = forms.ChoiceField(
        label=gettext_lazy("Dates with"), choices=(AUTOMATIC, *DATES), required=False
    )
    FIELDS = {
        "workbook": ("sheet", "head", "decimals", "dates"),
        "table": ("encoding", "delimiter", "head", "decimals", "dates"),
        "json": ("encoding", "decimals", "dates"),
        "parquet": (),
    }

    def __init__(self, *args: Any, draft: uploads.Draft, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draft = draft
        self.fields = {name: self.fields[name] for name in self.FIELDS[draft.kind]}
        if draft.kind == "workbook":
            sheets: Any = self.fields["sheet"]
            sheets.choices = [(name, name) for name in draft.found["sheets"]]
        elif draft.kind == "table":
            self.fields["head"] = forms.ChoiceField(
                label=_("The first line holds"), choices=(AUTOMATIC, *HEADS), required=False
            )
        for name, field in self.fields.items():
            field.initial = draft.options.get(name) or draft.found.get(name, "")

    @property
    def is_open(self) -> bool:
        """Whether there is something to choose that nobody can know: one sheet of several."""
        return bool(self.errors) or len(self.draft.found.get("sheets", ())) > 1

    def options(self) -> dict[str, str]:
        """What was chosen. Another sheet has its head elsewhere."""
        chosen = {name: str(v) for name, v in self.cleaned_data.items() if v not in ("", None)}
        if chosen.get("sheet") != self.draft.found.get("sheet"):
            chosen.pop("head", None)
        return chosen


class DraftForm(forms.Form):
    """What becomes of a draft: where its rows go, and the type of each column."""

    into = forms.ChoiceField(label=gettext_lazy("Becomes"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)
    time_column = forms.ChoiceField(label=gettext_lazy("Time column"), required=False)
    accept = forms.BooleanField(required=False)

    def __init__(self, *args: Any, draft: uploads.Draft, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draft, self.user = draft, user
        editable = definable_by(user)
        self.targets = {
            str(each.pk): each
            for each in editable.filter(workspace=draft.workspace_id, kind=Dataset.Kind.UPLOAD)
        }
        self._choose_into()
        times = [each for each in draft.columns if each["type"] == Column.Type.TIME]
        time: Any = self.fields["time_column"]
        time.choices = [("", _("None")), *((c["name"], c["label"]) for c in draft.columns)]
        time.initial = times[0]["name"] if times else ""
        for column in draft.columns:
            self._add(column)
        target, is_append = self.target()
        self.fixed = (
            dict(target.columns.values_list("name", "type")) if target and is_append else {}
        )
        if target and target.time_column in {each["name"] for each in draft.columns}:
            time.initial = target.time_column
        if self.is_bound:
            self._fill_in()

    def _fill_in(self) -> None:
        """What the page did not ask for, since the choice before had no use for it, is proposed."""
        absent = {
            name: field.initial or ""
            for name, field in self.fields.items()
            if name not in self.data and name != "accept"
        }
        self.data = dict(self.data.items()) | absent

    def _choose_into(self) -> None:
        """Of the dataset that it was uploaded for: more rows or others; else of all."""
        into: Any = self.fields["into"]
        for_one = self.targets.get(str(self.draft.into))
        if for_one:
            names = {"name": for_one.name}
            into.widget = forms.RadioSelect()
            into.choices = [
                (f"append:{for_one.pk}", _("More rows, appended to those of “%(name)s”") % names),
                (f"replace:{for_one.pk}", _("Other rows, in place of those of “%(name)s”") % names),
                (NEW, _("A new dataset")),
            ]
            into.initial = f"append:{for_one.pk}"
        else:
            into.choices = [(NEW, _("A new dataset")), *self._targets()]
            title = slugify(self.draft.title)
            same = next((t for t in self.targets.values() if t.slug == title), None)
            into.initial = f"replace:{same.pk}" if same else NEW
        self.fields["name"].initial = self.draft.title

    def _targets(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Choices "replace:<pk>" and "append:<pk>", in two groups."""
        if not self.targets:
            return []
        each = list(zip(self.targets, twins.names(list(self.targets.values())), strict=True))
        return [
            (str(_("Other rows, in place of")), [_way("replace", pk, name) for pk, name in each]),
            (str(_("More rows, appended to")), [_way("append", pk, name) for pk, name in each]),
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
            required=False,
        )
        is_number = column["type"] == Column.Type.NUMBER
        self.fields[f"measure-{key}"] = forms.ChoiceField(
            label=_("First measure of %(column)s") % {"column": label},
            choices=FIRST_MEASURES,
            required=False,
            initial=suggested_aggregate(column) if is_number else "",
        )
        for name in ("type", "measure"):
            widget = self.fields[f"{name}-{key}"].widget
            widget.attrs |= {"aria-label": self.fields[f"{name}-{key}"].label}
            widget.attrs |= {"class": "input input--small"}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One per column, for the template. fixed: the type that it has in the dataset."""
        labels = dict(Column.Type.choices)
        return [
            {
                "column": column,
                "type": self[f"type-{column['key']}"],
                "fixed": labels.get(self.fixed.get(column["name"], ""), ""),
                "measure": self[f"measure-{column['key']}"],
                "empty": self.draft.rows - column["filled"],
            }
            for column in self.draft.columns
        ]

    def types(self) -> dict[str, str]:
        """Column key -> type as chosen so far."""
        chosen = {c["key"]: str(self[f"type-{c['key']}"].value() or "") for c in self.draft.columns}
        known = set(Column.Type.values)
        return {key: type_ for key, type_ in chosen.items() if type_ in known}

    def target(self) -> tuple[Dataset | None, bool]:
        """The dataset that takes the rows, and whether they are appended."""
        how, _colon, pk = str(self["into"].value() or NEW).partition(":")
        target = self.targets.get(pk)
        return target, target is not None and how == "append"

    @property
    def is_new(self) -> bool:
        """Whether a new dataset is made."""
        return self.target()[0] is None

    @property
    def is_append(self) -> bool:
        """Whether the rows are appended."""
        return self.target()[1]

    def changes(self) -> list[upload_shape.Change]:
        """What the choice would change of the target's shape."""
        target, is_append = self.target()
        if target is None:
            return []
        columns = self.draft.typed(self.types())
        if is_append:
            return upload_shape.appending(columns, target)
        return upload_shape.replacing(columns, target, self.user)

    @property
    def is_refused(self) -> bool:
        """Whether the target cannot take the rows at all."""
        return any(change.is_refused for change in self.changes())

    @property
    def pks(self) -> set[int]:
        """The datasets that may take the rows."""
        return {target.pk for target in self.targets.values()}

    def clean(self) -> dict[str, Any]:
        """The time column is a time; a changed shape is accepted knowingly."""
        data = super().clean() or {}
        types = {c["name"]: c["type"] for c in self.draft.typed(self.types())}
        time = data.get("time_column")
        if time and types.get(time) != Column.Type.TIME and not self.is_append:
            self.add_error("time_column", _("Make it a time below, or choose another column."))
        if self.is_new and not data.get("name"):
            self.add_error("name", _("Give the dataset a name."))
        changes = self.changes()
        if self.is_refused:
            self.add_error("into", _("The dataset cannot take these rows: see below."))
        elif changes and not data.get("accept"):
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


def _way(way: str, pk: str, name: str) -> tuple[str, str]:
    """One choice; it says what it does, since a closed list shows no heading."""
    words = _("Replace the rows of “%(name)s”") if way == "replace" else _("Append to “%(name)s”")
    return f"{way}:{pk}", words % {"name": name}
