"""The state of alert rules."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import Visitor
from apps.alerts.queries import board
from apps.widgets.kinds.base import Family, Kind, Options, Shape
from apps.widgets.view import View

if TYPE_CHECKING:
    from apps.widgets.models import Widget


class AlertBoardOptions(Options):
    """Tiles or lines, and which rules."""

    style = forms.ChoiceField(
        label=_("Drawn as"),
        choices=[("list", _("Lines")), ("grid", _("Tiles"))],
        required=False,
        initial="list",
    )
    problems = forms.BooleanField(
        label=_("Only rules that are not calm"), required=False, initial=False
    )


class AlertBoard(Kind):
    """Every rule of the workspace that the reader sees: its state, since when, its silence."""

    slug = "alert_board"
    label = _("Alert board")
    hint = _("What fires, since when, and what is silenced")
    shape = Shape.ROWS
    family = Family.TEXT
    options = AlertBoardOptions
    dimensions = (0, 0)
    measures = (0, 0)
    needs_query = False
    is_personal = True
    refresh_s = 30

    def overlays(
        self, widget: "Widget", options: dict[str, Any], view: View, user: Visitor
    ) -> dict[str, Any]:
        """As the alerts say it now, whatever the page's range."""
        rows = board(user, widget.workspace_id)
        calm = ("calm", "paused", "new")
        shown = [each for each in rows if not options["problems"] or each["status"] not in calm]
        return {"rules": shown, "rules_of": len(rows)}
