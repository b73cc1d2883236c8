"""The form of one card: everything it offers for what is typed so far."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User, Workspace
from apps.core.numbers import whole
from apps.datasources.access import scope_of
from apps.datasources.definition import MeasureDef
from apps.datasources.hiding import metrics_visible_to, scopes_that_hide, shape_of
from apps.datasources.models import Dataset, Metric
from apps.datasources.queries import OPERATOR_WORDS
from apps.datasources.query import GRAINS
from apps.widgets.draft import GRAIN_CHOICES, Draft
from apps.widgets.groups import groupings
from apps.widgets.kinds import Kind
from apps.widgets.offers import offered


def choices(draft: Draft, author: User, workspace: Workspace) -> dict[str, Any]:
    """Everything the form offers for this draft: only what the author may query, here."""
    kind = draft.kind_object
    datasets = datasets_for(author, workspace)
    dataset = datasets.filter(pk=whole(draft.dataset) or 0).first()
    if dataset is None and kind.needs_query and draft.metric:  # a kind before asked a metric only
        dataset = datasets.filter(metrics=whole(draft.metric) or 0).first()
    shape = shape_of(scope_of(author, dataset.pk)) if dataset else None
    draft = draft.fitted(shape)
    metrics = metrics_visible_to(author).filter(workspace=workspace)
    if dataset and kind.needs_query:
        metrics = metrics.filter(dataset=dataset)
    if kind.needs_metric and draft.metric not in {str(each.pk) for each in metrics}:
        draft = _with_first(metrics, draft)
    measures = list(shape.measures) if shape else []
    options_form = draft.options_form(shape)
    options_form.offer_in(workspace.pk)
    return {
        "draft": draft,
        "kind": kind,
        "kinds": offered(draft.question, draft.kind_object, shape),
        "datasets": datasets,
        "dataset": dataset,
        "metrics": metrics,
        "measures": measures,
        "measure_slots": _slots(draft.measures, kind, measures),
        "groupings": groupings(shape) if shape else [],
        "dimension_slots": _padded(draft.dimensions, kind.dimensions[1]),
        "raw_columns": shape.columns if shape and kind.lists_rows else [],
        "filter_columns": shape.columns if shape else [],
        "operators": OPERATOR_WORDS.items(),
        "grains": [each for each in GRAIN_CHOICES.items() if each[0] in ("auto", *GRAINS)],
        "options_form": options_form,
    }


def _with_first(metrics: QuerySet[Metric], draft: Draft) -> Draft:
    """The draft about the first metric and its measure."""
    first = metrics.select_related("measure").first()
    if first is None:
        return replace(draft, metric="")
    asks = draft.kind_object.needs_query
    measures = (first.measure.name,) if asks else draft.measures
    return replace(draft, metric=str(first.pk), measures=measures)


def datasets_for(author: User, workspace: Workspace) -> QuerySet[Dataset]:
    """What the author may put on a card of this workspace."""
    unasked = [pk for pk, scope in scopes_that_hide(author).items() if scope is None]
    return Dataset.objects.visible_to(author).filter(workspace=workspace).exclude(pk__in=unasked)


def _slots(
    chosen: tuple[str, ...], kind: Kind, measures: list[MeasureDef]
) -> list[tuple[str, str]] | None:
    """(label, chosen) of each select where the order matters or one is enough; else None."""
    if not kind.slots and kind.measures[1] != 1:
        return None
    labels = kind.slots or (_("Measure"),)
    padded = _padded(chosen, len(labels))
    return [(str(label), value) for label, value in zip(labels, padded, strict=True)]


def _padded(chosen: tuple[str, ...], length: int) -> list[str]:
    return [*chosen[:length], *[""] * (length - len(chosen))]
