"""Name, words and time of a dataset, as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.datasources.models import Column, Dataset


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
