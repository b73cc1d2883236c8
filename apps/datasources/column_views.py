"""Columns of a dataset: their words, and reading them again from the source."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources import services, tables
from apps.datasources.column_forms import ColumnsForm, ReadAgainForm
from apps.datasources.dialogs import editable, form_methods, form_page


@login_required
@form_methods
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Labels, units, formats, hierarchy and privacy of the columns."""
    dataset = editable(request, pk)
    form = ColumnsForm(request.POST or None, dataset=dataset)

    def save() -> None:
        services.change_columns(dataset, form.changed())

    return form_page(
        request, dataset, form, save, _("Columns"), body="datasources/_columns_form.html"
    )


@login_required
@form_methods
def read_again(request: HttpRequest, pk: int) -> HttpResponse:
    """What the source's columns are now; taken over once that was seen."""
    dataset = editable(request, pk)
    try:
        read, problem = tables.changes(dataset), ""
    except UserError as error:
        read, problem = tables.Changes(()), error.message
    sent = request.POST if request.method == "POST" else None
    form = ReadAgainForm(sent, is_harmful=read.is_harmful)

    def save() -> None:
        if problem:
            raise UserError(problem)
        tables.take_changes(dataset, read, form.cleaned_data.get("accept", False))

    is_idle = bool(problem) or read.is_same
    return form_page(
        request,
        dataset,
        form,
        save,
        _("Columns in the source"),
        body="datasources/_read_again.html",
        read=read,
        problem=problem,
        is_idle=is_idle,
        save_words=_("Take them over"),
    )
