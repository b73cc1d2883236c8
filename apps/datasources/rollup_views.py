"""The roll-ups of a dataset: listed on its page, dropped, made again, switched off."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.datasources import tasks
from apps.datasources.dialogs import address, editable, go
from apps.datasources.models import Dataset
from apps.datasources.rollups import services, words
from apps.datasources.rollups.shapes import Rollup


@dataclass(frozen=True, slots=True)
class Line:
    """One roll-up as the page tells of it."""

    rollup: Rollup
    words: str
    made_at: datetime


def lines(dataset: Dataset, labels: dict[str, str]) -> list[Line] | None:
    """The roll-ups of a dataset, or None where there can be none."""
    shape = services.shape_of(dataset)
    if not services.can_have(shape):
        return None
    return [
        Line(each, words.held(each, labels), datetime.fromtimestamp(each.made_at, UTC))
        for each in services.rollups_of(shape)
    ]


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Let one go."""
    dataset = editable(request, pk)
    services.drop(dataset, request.POST.get("file", ""))
    messages.success(request, _("The roll-up is gone. It comes back if charts keep asking for it."))
    return go(request, address(dataset))


@login_required
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep roll-ups, or none."""
    dataset = editable(request, pk)
    has_rollups = bool(request.POST.get("on"))
    services.switch(dataset, has_rollups)
    on, off = _("Roll-ups are kept where they help."), _("No roll-ups are kept any more.")
    messages.success(request, on if has_rollups else off)
    return go(request, address(dataset))


@login_required
@require_POST
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Make all of them anew."""
    dataset = editable(request, pk)
    tasks.make_rollups.delay_on_commit(dataset.pk, again=True)  # type: ignore[attr-defined]
    messages.success(request, _("The roll-ups are being made again."))
    return go(request, address(dataset))
