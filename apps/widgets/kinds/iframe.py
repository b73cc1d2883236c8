"""A page of another site, of those that the operator allows."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import Visitor
from apps.core.errors import UserError
from apps.datasources.definition import Definition
from apps.widgets.kinds.base import Family, Kind, Options, Shape
from apps.widgets.kinds.links import clean_embed, may_embed
from apps.widgets.view import View

if TYPE_CHECKING:
    from apps.widgets.models import Widget


class IframeOptions(Options):
    """Which page."""

    url = forms.CharField(
        label=_("Address"),
        max_length=1000,
        required=False,
        initial="",
        help_text=_("https:// on a host that the operator has put into EMBED_HOSTS."),
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    bare = forms.BooleanField(label=_("Without frame and title"), required=False, initial=False)


class Iframe(Kind):
    """Shown in a sandbox: it may run scripts and forms of its own, and never leads this page away.

    The address is checked when it is kept and again whenever it is shown: the list may have shrunk.
    """

    slug = "iframe"
    label = _("Web page")
    hint = _("A page of an allowed site")
    shape = Shape.ROWS
    family = Family.LAYOUT
    options = IframeOptions
    dimensions = (0, 0)
    measures = (0, 0)
    needs_query = False
    size = (12, 8)

    def overlays(
        self, widget: "Widget", options: dict[str, Any], view: View, user: Visitor
    ) -> dict[str, Any]:
        """The address, if it may be shown."""
        url = options.get("url") or ""
        return {"embed": url} if may_embed(url) else {"refused": True}

    def check_options(self, options: dict[str, Any], shape: Definition | None) -> None:
        """The address is one that may be shown."""
        try:
            clean_embed(options["url"])
        except forms.ValidationError as error:
            raise UserError(str(error.messages[0]), field="options.url") from error
