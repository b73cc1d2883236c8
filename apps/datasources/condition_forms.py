"""Rows of conditions in a form: column, operator, values. For policies and filtered measures."""

import csv
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources.compiler import compile_query
from apps.datasources.definition import definition
from apps.datasources.models import Dataset
from apps.datasources.queries import OPERATOR_WORDS, filter_words
from apps.datasources.query import Filter, Query, leaves, read_filters

MOST = 50


class ConditionsForm(forms.BaseForm):
    """A form with conditions that must all hold. Groups, made through the API, stay as they are."""

    def add_conditions(self, dataset: Dataset, items: Iterable[dict[str, Any]]) -> None:
        """Fields for what is kept, for what was sent, and for one condition more."""
        self.of, items = dataset, list(items)
        self.groups = [each for each in items if "column" not in each]
        self.labels = {each.name: each.label for each in dataset.columns.all()}
        plain = [each for each in items if "column" in each]
        named = (re.fullmatch(r"column-(\d{1,3})", name) for name in self.data)
        sent = [int(found[1]) for found in named if found]
        self.count = min(max(len(plain) + 1, *(n + 1 for n in sent), 1), MOST)
        for number in range(self.count):
            self._add_condition(number, plain[number] if number < len(plain) else {})
        if self.groups:
            self.fields["keep_groups"] = forms.BooleanField(
                label=filter_words(self.groups, self.labels), required=False, initial=True
            )

    def _add_condition(self, number: int, item: dict[str, Any]) -> None:
        columns = [("", "–"), *self.labels.items()]
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

    @property
    def plain_fields(self) -> list[Any]:
        """The fields that are no conditions."""
        names = re.compile(r"(column|op|values)-\d+|keep_groups")
        return [each for each in self if not names.fullmatch(each.name)]

    def taken_conditions(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """The conditions that were filled in; what the dataset cannot answer is an error there."""
        kept = self.groups if data.get("keep_groups") else []
        numbers = [n for n in range(self.count) if data.get(f"column-{n}")]
        return [*kept, *(found for n in numbers if (found := self._taken(n, data)))]

    def _taken(self, number: int, data: dict[str, Any]) -> dict[str, Any] | None:
        op, text = data.get(f"op-{number}") or "in", data.get(f"values-{number}", "")
        values = [each.strip() for each in next(csv.reader([text], skipinitialspace=True), [])]
        item = {"column": data[f"column-{number}"], "op": op, "values": [v for v in values if v]}
        try:
            (checked,) = leaves(read_filters([item]))
            if not any(str(value).startswith("$") for value in checked.values):
                _check(self.of, checked)
        except UserError as error:
            self.add_error(f"values-{number}", error.message)
            return None
        return item


def blank_condition(dataset: Dataset, number: int) -> "ConditionsForm":
    """A form with one more empty row, of that number; for the page that asks for it."""
    form = _Blank()
    form.of, form.labels = dataset, {each.name: each.label for each in dataset.columns.all()}
    form.count = number + 1
    for each in range(form.count):
        form._add_condition(each, {})
    return form


class _Blank(ConditionsForm, forms.Form):
    """Nothing but conditions."""


def _check(dataset: Dataset, condition: Filter) -> None:
    """Raises UserError for values that do not fit their column."""
    query = Query(dataset=dataset.pk, columns=(condition.column,), filters=(condition,))
    compile_query(query, definition(dataset.pk, dataset.version), ())


def _joined(item: dict[str, Any]) -> str:
    return ", ".join(_cell(value) for value in item.get("values", []))


def _cell(value: Any) -> str:
    text = str(value)
    return f'"{text}"' if "," in text else text
