"""Measures and metrics of a dataset."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.core.errors import UserError
from apps.datasources import engine, services
from apps.datasources.condition_forms import MOST, blank_condition
from apps.datasources.dialogs import (
    address,
    editable,
    editable_measure,
    form_methods,
    form_page,
    go,
)
from apps.datasources.examples import example
from apps.datasources.measure_forms import MeasureForm, MetricForm, metric_slug
from apps.datasources.models import Measure, Metric
from apps.datasources.query import Query


@login_required
@form_methods
def new_measure(request: HttpRequest, pk: int) -> HttpResponse:
    """Another measure of a dataset."""
    return _measure(request, Measure(dataset=editable(request, pk)), _("New measure"))


@login_required
@form_methods
def edit_measure(request: HttpRequest, pk: int) -> HttpResponse:
    """Change how a measure is computed or written."""
    return _measure(request, editable_measure(request, pk), _("Measure"))


@login_required
@require_POST
def delete_measure(request: HttpRequest, pk: int) -> HttpResponse:
    """End a measure that nothing uses; else say what does."""
    measure = editable_measure(request, pk)
    try:
        services.delete_measure(measure)
    except UserError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("“%(label)s” was deleted.") % {"label": measure.label})
    return go(request, address(measure.dataset))


@login_required
@require_POST
def example_value(request: HttpRequest, pk: int) -> HttpResponse:
    """What the measure as typed so far gives now; quiet while it is not complete."""
    number = request.GET.get("measure", "")
    if number.isdecimal():
        measure = editable_measure(request, int(number[:18]))
    else:
        measure = Measure(dataset=editable(request, pk))
    data = request.POST.copy()
    data["label"], data["name"] = data.get("label") or "-", "example_of_it"
    form = MeasureForm(data, instance=measure)
    told = problem = ""
    if form.is_valid():
        try:
            told = example(form.instance, request.user)
        except UserError as error:
            problem = error.message
    return render(request, "datasources/_example.html", {"told": told, "problem": problem})


@login_required
@require_GET
def condition(request: HttpRequest, pk: int) -> HttpResponse:
    """One more row of conditions, and the button for the next."""
    dataset = editable(request, pk)
    wanted = request.GET.get("n", "")
    number = min(int(wanted), MOST) if wanted.isdecimal() and len(wanted) < 4 else MOST
    form = blank_condition(dataset, number)
    row = form.conditions[number] if number < MOST else None
    url = reverse("datasources:condition", args=[dataset.pk])
    context = {"row": row, "more_url": url, "next": number + 1, "is_full": number + 1 >= MOST}
    return render(request, "datasources/_condition_more.html", context)


@login_required
@form_methods
def new_metric(request: HttpRequest, pk: int) -> HttpResponse:
    """A measure over time that is forecast and checked, as who adds it."""
    user: Any = request.user
    dataset = editable(request, pk)
    metric = Metric(dataset=dataset, workspace=dataset.workspace, owner=user)
    form = MetricForm(request.POST or None, instance=metric)

    def save() -> None:
        made = form.save(commit=False)
        query = Query(
            dataset=dataset.pk,
            measures=(made.measure.name,),
            time=dataset.time_column,
            grain=made.grain,
        )
        engine.explain(query, user)  # the question must be one that can be answered
        made.slug = metric_slug(dataset.workspace, made.name)
        made.save()

    return form_page(request, dataset, form, save, _("New metric"))


def _measure(request: HttpRequest, measure: Measure, title: str) -> HttpResponse:
    dataset = measure.dataset
    form = MeasureForm(request.POST or None, instance=measure)

    def save() -> None:
        services.save_measure(form.save(commit=False))

    url = reverse("datasources:example", args=[dataset.pk])
    return form_page(
        request,
        dataset,
        form,
        save,
        title,
        body="datasources/_measure_form.html",
        example_url=f"{url}?measure={measure.pk}" if measure.pk else url,
        more_url=reverse("datasources:condition", args=[dataset.pk]),
    )
