"""Copies of a slow source's rows: kept on a schedule, taken at once, ended."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.core.errors import UserError
from apps.datasources import extracts, tasks
from apps.datasources.dialogs import address, editable, form_methods, form_page, go
from apps.datasources.models import Column, Dataset, Extract

EVERY = (
    (5, gettext_lazy("5 minutes")),
    (15, gettext_lazy("15 minutes")),
    (60, gettext_lazy("hour")),
    (6 * 60, gettext_lazy("6 hours")),
    (24 * 60, gettext_lazy("day")),
    (7 * 24 * 60, gettext_lazy("week")),
)


class ExtractForm(forms.Form):
    """How often, and by which column new rows are told."""

    every_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Copy the rows every"), coerce=int, initial=60
    )
    incremental_by = forms.ChoiceField(label=gettext_lazy("Fetch only new rows by"), required=False)

    def __init__(self, data: object = None, *, dataset: Dataset) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        kept = Extract.objects.filter(dataset=dataset).first()
        times, columns = self.fields["every_minutes"], self.fields["incremental_by"]
        choices: dict[int, Any] = dict(EVERY)
        if kept and kept.every_minutes not in choices:
            choices[kept.every_minutes] = _("%(n)d minutes") % {"n": kept.every_minutes}
        times.choices = sorted(choices.items())  # type: ignore[attr-defined]
        told = dataset.columns.filter(type__in=[Column.Type.TIME, Column.Type.NUMBER])
        names = [(each.name, each.label) for each in told]
        columns.choices = [("", _("None: all rows each time")), *names]  # type: ignore[attr-defined]
        columns.help_text = _(
            "A column that only grows, such as the time of a row. Older rows that change at the "
            "source are then not noticed."
        )
        if kept:
            times.initial, columns.initial = kept.every_minutes, kept.incremental_by


@login_required
@form_methods
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a copy from now on, or change how."""
    dataset = editable(request, pk)
    form = ExtractForm(request.POST or None, dataset=dataset)

    def save() -> None:
        data = form.cleaned_data
        extracts.schedule_extract(dataset, data["every_minutes"], data["incremental_by"])
        begin(dataset)

    return form_page(request, dataset, form, save, _("Keep a copy"))


@login_required
@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the copy now."""
    dataset = editable(request, pk)
    if begin(dataset, whole="whole" in request.POST):
        messages.success(request, _("The copy is being taken. It replaces the old one when whole."))
    return go(request, address(dataset))


@login_required
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the source itself again."""
    dataset = editable(request, pk)
    try:
        extracts.end_extract(dataset)
    except UserError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The source itself is asked again."))
    return go(request, address(dataset))


def begin(dataset: Dataset, whole: bool = False) -> bool:
    """Hand the next copy to a worker; False if none is kept."""
    extract_id = extracts.take_now(dataset, whole=whole)
    if extract_id is None:
        return False
    tasks.take_extract.delay_on_commit(extract_id)  # type: ignore[attr-defined]
    return True
