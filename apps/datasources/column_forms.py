"""Words of a dataset's columns as a form, and what reading them again would change."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.datasources.hierarchies import cycle_in
from apps.datasources.models import Column, Dataset, Format

WORDS = ("label", "unit", "format", "parent", "is_private")


class ColumnsForm(forms.Form):
    """Label, unit, format, place in a hierarchy and privacy of all columns at once."""

    def __init__(self, *args: Any, dataset: Dataset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = list(dataset.columns.select_related("parent"))
        self.by_name = {each.name: each for each in self.columns}
        for column in self.columns:
            for name, field in self._fields(column).items():
                words = {"aria-label": f"{field.label}: {column.name}"}
                if name != "is_private":
                    words["class"] = "input input--small"
                field.widget.attrs |= words
                self.fields[f"{name}-{column.pk}"] = field

    def _fields(self, column: Column) -> dict[str, forms.Field]:
        above = [("", "–"), *((c.name, c.label) for c in self.columns if c.pk != column.pk)]
        return {
            "label": forms.CharField(label=_("Label"), max_length=120, initial=column.label),
            "unit": forms.CharField(
                label=_("Unit"), max_length=20, required=False, initial=column.unit
            ),
            "format": forms.ChoiceField(
                label=_("Format"),
                choices=[("", "–"), *Format.choices],
                required=False,
                initial=column.format,
                disabled=column.type != Column.Type.NUMBER,
            ),
            "parent": forms.ChoiceField(
                label=_("Drills down from"),
                choices=above,
                required=False,
                initial=column.parent.name if column.parent else "",
            ),
            "is_private": forms.BooleanField(
                label=_("Private"), required=False, initial=column.is_private
            ),
        }

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One per column, for the template."""
        return [
            {"column": each, **{name: self[f"{name}-{each.pk}"] for name in WORDS}}
            for each in self.columns
        ]

    def clean(self) -> dict[str, Any]:
        """A way down never comes back to where it began."""
        data = super().clean() or {}
        parents = {each.name: data.get(f"parent-{each.pk}", "") for each in self.columns}
        if cycle := cycle_in(parents):
            told = " → ".join(self.by_name[name].label for name in cycle)
            message = _("These columns drill down in a circle: %(cycle)s.")
            column = self.by_name[cycle[0]]
            self.add_error(f"parent-{column.pk}", message % {"cycle": told})
        return data

    def changed(self) -> list[Column]:
        """The columns with what was typed."""
        for column in self.columns:
            for name in ("label", "unit", "format", "is_private"):
                setattr(column, name, self.cleaned_data[f"{name}-{column.pk}"])
            column.parent = self.by_name.get(self.cleaned_data[f"parent-{column.pk}"])
        return self.columns


class ReadAgainForm(forms.Form):
    """Take over the columns as the source has them now."""

    accept = forms.BooleanField(
        label=gettext_lazy("I know that what uses them will break"), required=False
    )

    def __init__(self, *args: Any, is_harmful: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_harmful:
            self.fields["accept"].required = True
            self.fields["accept"].error_messages["required"] = _("Confirm that you want this.")
        else:
            del self.fields["accept"]
