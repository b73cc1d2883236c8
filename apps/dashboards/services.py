"""Writes: dashboards come to be, change and go. Each moves the dashboard's version.

Every function asks again whether its author may do it: no caller is trusted to have looked.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.models import User, Workspace
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import EDIT, MANAGE
from apps.core.errors import Conflict, Denied, NotFound, UserError
from apps.core.window import Window
from apps.dashboards.grid import Box, first_free, fitted, pushed
from apps.dashboards.models import Dashboard, Placement, Visit
from apps.widgets import services as widgets
from apps.widgets.kinds import KINDS
from apps.widgets.models import Widget
from apps.widgets.services import WidgetSpec
from apps.widgets.view import View

RESERVED = frozenset({"new"})
MOST_CARDS = 100
MOST_FILTERS = 12
SIZES = {"big_number": (6, 3), "insight": (8, 7), "table": (12, 7), "line": (16, 7)}
KEEP_REMOVED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one widget is to stand."""

    widget_id: int
    box: Box


@transaction.atomic
def create_dashboard(
    author: User,
    workspace: Workspace,
    *,
    title: str,
    description: str = "",
    is_private: bool = False,
) -> Dashboard:
    """An empty page of the author's; its address is made from its title."""
    if not workspaces_where(author, EDIT).filter(pk=workspace.pk).exists():
        raise Denied(_("You may not make dashboards in this workspace."), field="workspace")
    if not title.strip():
        raise UserError(_("Give the dashboard a title."), field="title")
    return Dashboard.objects.create(
        workspace=workspace,
        owner=author,
        title=title.strip()[:120],
        slug=free_slug(title),
        description=description[:300],
        is_private=is_private,
    )


def free_slug(title: str) -> str:
    """An address that no dashboard has. A taken one gets an ending that tells nothing."""
    base = slugify(title)[:48] or "dashboard"
    slug = base
    while slug in RESERVED or Dashboard.objects.filter(slug=slug).exists():
        slug = f"{base}-{secrets.token_hex(3)}"
    return slug


@transaction.atomic
def update_dashboard(dashboard: Dashboard, author: User, fields: Mapping[str, Any]) -> Dashboard:
    """Rename, describe, hide, or change range and filters. fields: names of Dashboard's own."""
    dashboard = _locked(dashboard, author)
    for name in ("title", "description", "is_private", "time_from", "time_to", "filters"):
        if name in fields:
            setattr(dashboard, name, fields[name])
    Window.parse(dashboard.time_from, dashboard.time_to)
    dashboard.filters = _filters(dashboard.filters)
    return _moved_on(dashboard)


@transaction.atomic
def delete_dashboard(dashboard: Dashboard, author: User) -> None:
    """End a dashboard with its cards. Only its owner and the workspace's admins may."""
    dashboard = _locked(dashboard, author)
    if dashboard.owner_id != author.pk and not _manages(author, dashboard.workspace):
        raise Denied(_("Only its owner or an admin may delete a dashboard."))
    Widget.objects.filter(placement__dashboard=dashboard).delete()
    dashboard.delete()


@transaction.atomic
def save_layout(
    dashboard: Dashboard, author: User, places: Iterable[Place], *, version: int
) -> tuple[int, list[int]]:
    """Put the cards where the author left them; the new version, and named cards that are gone.

    Raises Conflict if somebody saved since `version`. A card not named stays; what would overlap
    is moved down.
    """
    dashboard = _locked(dashboard, author)
    if dashboard.version != version:
        raise _moved_meanwhile(dashboard)
    standing = {placement.widget_id: placement for placement in dashboard.placements.all()}
    wanted = {place.widget_id: fitted(place.box) for place in places}
    gone = sorted(wanted.keys() - standing.keys())
    _put(standing.values(), {pk: box for pk, box in wanted.items() if pk in standing})
    return _moved_on(dashboard).version, gone


@transaction.atomic
def add_widget(
    dashboard: Dashboard, author: User, spec: WidgetSpec, box: Box | None = None
) -> Placement:
    """A new card, at the first free place unless told where."""
    dashboard = _locked(dashboard, author)
    if dashboard.placements.count() >= MOST_CARDS:
        message = _("A dashboard holds at most %(most)s cards.") % {"most": MOST_CARDS}
        raise UserError(message, code="too_many_cards")
    spec = widgets.checked(spec, author, dashboard.workspace, default_view(dashboard))
    widget = widgets.write(Widget(workspace=dashboard.workspace), spec)
    placement = _place(
        dashboard, widget, box or _free(dashboard, *SIZES.get(spec.kind, KINDS[spec.kind].size))
    )
    _moved_on(dashboard)
    return placement


@transaction.atomic
def add_to_new_dashboard(
    author: User,
    workspace: Workspace,
    spec: WidgetSpec,
    *,
    title: str,
    time_range: tuple[str, str],
) -> Placement:
    """A new dashboard with this card alone, which opens with the range."""
    if not title.strip():
        raise UserError(_("Give the dashboard a title."), field="new_title")
    dashboard = create_dashboard(author, workspace, title=title)
    start, end = time_range
    update_dashboard(dashboard, author, {"time_from": start, "time_to": end})
    return add_widget(dashboard, author, spec)


@transaction.atomic
def update_widget(widget: Widget, author: User, spec: WidgetSpec) -> Widget:
    """Show something else in the same place."""
    dashboard = _locked(widget.placement.dashboard, author)
    widgets.check_seen(widget, author)
    spec = widgets.checked(spec, author, dashboard.workspace, default_view(dashboard))
    widgets.write(widget, spec)
    _moved_on(dashboard)
    return widget


@transaction.atomic
def duplicate_widget(widget: Widget, author: User) -> Placement:
    """The same card once more, at the first free place."""
    placement = widget.placement
    widgets.check_seen(widget, author)
    spec = WidgetSpec.of(widget)
    spec = replace(spec, title=_("%(title)s (copy)") % {"title": widget.title[:110]})
    box = _free(placement.dashboard, placement.w, placement.h)
    return add_widget(placement.dashboard, author, spec, box)


@transaction.atomic
def remove_widget(widget: Widget, author: User) -> None:
    """Take a card off its dashboard. It is kept unplaced for a day, so that it can come back."""
    dashboard = _locked(widget.placement.dashboard, author)
    widget.placement.delete()
    long_ago = datetime.now(UTC) - KEEP_REMOVED
    gone = Widget.objects.filter(workspace=dashboard.workspace, placement=None)
    gone.filter(updated_at__lt=long_ago).delete()
    Widget.objects.filter(pk=widget.pk).update(updated_at=datetime.now(UTC))
    _moved_on(dashboard)


@transaction.atomic
def restore_widget(dashboard: Dashboard, author: User, widget_id: int, box: Box) -> Placement:
    """Undo remove_widget. Raises NotFound for a card that stands somewhere or is not the
    workspace's; the author must be allowed to make such a card.
    """
    dashboard = _locked(dashboard, author)
    rows = Widget.objects.filter(workspace=dashboard.workspace, placement=None)
    widget = rows.filter(pk=widget_id).first()
    if widget is None:
        raise NotFound(_("This card is gone for good."))
    widgets.check_seen(widget, author)
    widgets.checked(WidgetSpec.of(widget), author, dashboard.workspace, default_view(dashboard))
    placement = _place(dashboard, widget, box)
    _put(dashboard.placements.all(), {})
    _moved_on(dashboard)
    return placement


def set_favourite(dashboard: Dashboard, user: User, starred: bool) -> None:
    """Star a dashboard that the user sees, or take the star away. No new version."""
    if starred:
        dashboard.favourite_of.add(user)
    else:
        dashboard.favourite_of.remove(user)


def record_visit(dashboard: Dashboard, user: User) -> None:
    """Remember for "recently viewed" that the user looks at it now."""
    Visit.objects.update_or_create(user=user, dashboard=dashboard)


def default_view(dashboard: Dashboard) -> View:
    """The dashboard as it opens."""
    return View(dashboard.time_from, dashboard.time_to, timezone=dashboard.workspace.timezone)


def _locked(dashboard: Dashboard, author: User) -> Dashboard:
    """The row, locked until the end of the transaction, if the author may change it."""
    if not Dashboard.objects.editable_by(author).filter(pk=dashboard.pk).exists():
        raise Denied(_("You may look at this dashboard, but not change it."))
    rows = Dashboard.objects.select_for_update(of=("self",)).select_related("workspace")
    return rows.get(pk=dashboard.pk)


def _manages(author: User, workspace: Workspace) -> bool:
    return workspaces_where(author, MANAGE).filter(pk=workspace.pk).exists()


def _moved_on(dashboard: Dashboard) -> Dashboard:
    dashboard.version = F("version") + 1
    dashboard.save()
    dashboard.refresh_from_db(fields=["version"])
    return dashboard


def _moved_meanwhile(dashboard: Dashboard) -> Conflict:
    message = _("Somebody else saved “%(title)s” meanwhile.") % {"title": dashboard.title}
    return Conflict(message, field="version")


def _free(dashboard: Dashboard, w: int, h: int) -> Box:
    return first_free([box_of(each) for each in dashboard.placements.all()], w, h)


def _place(dashboard: Dashboard, widget: Widget, box: Box) -> Placement:
    box = fitted(box)
    return Placement.objects.create(
        dashboard=dashboard, widget=widget, x=box.x, y=box.y, w=box.w, h=box.h
    )


def _put(placements: Iterable[Placement], wanted: Mapping[int, Box]) -> None:
    """Write the wanted boxes, none over another."""
    rows = list(placements)
    boxes = pushed([wanted.get(row.widget_id, box_of(row)) for row in rows])
    for row, box in zip(rows, boxes, strict=True):
        row.x, row.y, row.w, row.h = box.x, box.y, box.w, box.h
    Placement.objects.bulk_update(rows, ["x", "y", "w", "h"])


def box_of(placement: Placement) -> Box:
    """Where it stands, as a rectangle."""
    return Box(placement.x, placement.y, placement.w, placement.h)


def _filters(items: Any) -> list[dict[str, str]]:
    """Filters as they are kept: column and words, no column twice."""
    if not isinstance(items, list) or len(items) > MOST_FILTERS:
        message = _("A dashboard has at most %(most)s filters.") % {"most": MOST_FILTERS}
        raise UserError(message, field="filters")
    found: dict[str, dict[str, str]] = {}
    for item in items:
        column = str(item.get("column", ""))[:63] if isinstance(item, Mapping) else ""
        if not column:
            raise UserError(_("A filter names a column."), field="filters")
        label = str(item.get("label") or column)[:60]
        found[column] = {"name": column, "label": label, "column": column}
    return list(found.values())
