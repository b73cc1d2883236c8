"""Writes: what a card shows. Where it stands, and who may move it, is the dashboards' matter."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User, Workspace
from apps.core.errors import UserError
from apps.datasources import engine
from apps.datasources.access import scope_of
from apps.datasources.hiding import check_question, metrics_visible_to, shape_of
from apps.datasources.models import Dataset
from apps.widgets.automatic import as_asked_by
from apps.widgets.kinds import KINDS, Kind
from apps.widgets.models import Widget
from apps.widgets.view import View


@dataclass(frozen=True, slots=True)
class WidgetSpec:
    """What an author wants a card to show. `query` is a Query without dataset and window."""

    title: str
    kind: str
    dataset_id: int | None = None
    metric_id: int | None = None
    query: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, widget: Widget) -> "WidgetSpec":
        """What a card shows now."""
        return cls(
            widget.title,
            widget.kind,
            widget.dataset_id,
            widget.metric_id,
            widget.query,
            widget.options,
        )


def checked(spec: WidgetSpec, author: User, workspace: Workspace, view: View) -> WidgetSpec:
    """The spec with clean options, if the author may show it here and the kind can draw it.

    Raises UserError that names the field. What the author may not query, or what belongs to
    another workspace, is answered like what does not exist.
    """
    kind = KINDS.get(spec.kind)
    if kind is None:
        raise UserError(_("Choose how it is drawn."), field="kind")
    if not spec.title.strip():
        raise UserError(_("Give the card a title."), field="title")
    _check_sources(spec, kind, author, workspace)
    options = kind.options.cleaned(spec.options)
    kind.check_workspace(options, workspace.pk)
    if kind.needs_query and spec.dataset_id:
        _check_question(spec, kind, options, author, view)
    else:
        kind.check_options(options, None)
    return WidgetSpec(
        spec.title.strip()[:120], spec.kind, spec.dataset_id, spec.metric_id, spec.query, options
    )


def as_kind(widget: Widget, slug: str) -> WidgetSpec:
    """The card drawn as another kind: its question, and those of its options that both have.

    Raises UserError for a kind that there is not.
    """
    kind, before = KINDS.get(slug), KINDS.get(widget.kind)
    if kind is None or before is None:
        raise UserError(_("Choose how it is drawn."), field="kind")
    kept = {name: value for name, value in widget.options.items() if _is_valid(kind, name, value)}
    spec = WidgetSpec.of(widget)
    query = as_asked_by(widget.query, before, kind)
    return replace(spec, kind=slug, query=query, options=kept)


def _is_valid(kind: Kind, name: str, value: Any) -> bool:
    if name not in kind.options.base_fields:
        return False
    try:
        kind.options.cleaned({name: value})
    except UserError:
        return False
    return True


def write(widget: Widget, spec: WidgetSpec) -> Widget:
    """Keep a checked spec; every save is a new version, under which pictures are kept."""
    fill(widget, spec)
    if widget.pk:
        widget.version += 1
    widget.save()
    return widget


def check_seen(widget: Widget, author: User) -> None:
    """Raises Denied for a card that shows what is hidden from the author: who opens, copies or
    brings back what others made must not learn the names that it holds.
    """
    if widget.dataset_id and Dataset.objects.visible_to(author).filter(pk=widget.dataset_id):
        scope = scope_of(author, widget.dataset_id)
        check_question(widget.query, scope)
        if kind := KINDS.get(widget.kind):
            check_question(kind.options.named_in(widget.options), scope)


def fill(widget: Widget, spec: WidgetSpec) -> Widget:
    """Set the widget's fields; nothing is saved."""
    widget.title, widget.kind = spec.title, spec.kind
    widget.dataset_id, widget.metric_id = spec.dataset_id, spec.metric_id
    widget.query, widget.options = spec.query, spec.options
    return widget


def _check_sources(spec: WidgetSpec, kind: Kind, author: User, workspace: Workspace) -> None:
    if spec.dataset_id is None:
        if kind.needs_query and not kind.query_optional:
            raise UserError(_("Choose a dataset."), field="dataset")
    elif not (
        Dataset.objects.visible_to(author)
        .filter(pk=spec.dataset_id, workspace_id=workspace.pk)
        .exists()
    ):
        raise UserError(_("There is no such dataset in this workspace."), field="dataset")
    if spec.metric_id is None:
        if kind.needs_metric and not kind.metric_optional:
            raise UserError(_("Choose the metric that it tells about."), field="metric")
        return
    metrics = metrics_visible_to(author).filter(pk=spec.metric_id, workspace_id=workspace.pk)
    if spec.dataset_id is not None:
        metrics = metrics.filter(dataset_id=spec.dataset_id)
    if not metrics.exists():
        raise UserError(_("There is no such metric on this dataset."), field="metric")


def _check_question(
    spec: WidgetSpec, kind: Kind, options: dict[str, Any], author: User, view: View
) -> None:
    """Compile every question of the kind; nothing is run."""
    assert spec.dataset_id is not None  # noqa: S101 - the caller has looked
    scope = scope_of(author, spec.dataset_id)
    shape = shape_of(scope)
    kind.check_options(options, shape)
    kind.check_asked(spec.query, options)
    queries = kind.queries(spec.query, options, shape, view)
    if main := queries.get("main"):
        kind.check(main)
    for query in queries.values():
        engine.explain(query, author)
