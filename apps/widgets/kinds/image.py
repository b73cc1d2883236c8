"""A picture that an author uploaded."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import Visitor
from apps.core.errors import UserError
from apps.datasources.definition import Definition
from apps.widgets import images
from apps.widgets.kinds.base import Family, Kind, Options, Shape
from apps.widgets.kinds.links import clean_link
from apps.widgets.view import View

if TYPE_CHECKING:
    from apps.widgets.models import Widget


class ImageOptions(Options):
    """Which picture, and what it says to who does not see it."""

    image = forms.RegexField(
        images.NAME.pattern,
        label=_("Picture"),
        required=False,
        initial="",
        strip=True,
        help_text=_("PNG, JPEG or WebP, at most 5 MB. What the camera wrote into it is removed."),
        widget=forms.TextInput(attrs={"data-upload-image": "", "readonly": True}),
    )
    alt = forms.CharField(
        label=_("What it shows, in words"), max_length=300, required=False, initial=""
    )
    fit = forms.ChoiceField(
        label=_("Size"),
        choices=[("contain", _("Whole")), ("cover", _("Fill the card")), ("none", _("As it is"))],
        required=False,
        initial="contain",
    )
    link = forms.CharField(label=_("Leads to"), max_length=500, required=False, initial="")
    bare = forms.BooleanField(label=_("Without frame and title"), required=False, initial=False)

    def clean_link(self) -> str:
        """https, or a page of ours."""
        return clean_link(self.cleaned_data["link"])


class Image(Kind):
    """Kept under its digest; served only to who sees a card that shows it."""

    slug = "image"
    label = _("Picture")
    hint = _("A logo, a plan, a photograph")
    shape = Shape.ROWS
    family = Family.LAYOUT
    options = ImageOptions
    dimensions = (0, 0)
    measures = (0, 0)
    needs_query = False
    size = (6, 5)

    def overlays(
        self, widget: "Widget", options: dict[str, Any], view: View, user: Visitor
    ) -> dict[str, Any]:
        """Where the picture is: as part of the card, or of the workspace while it is typed."""
        name = options.get("image") or ""
        if not images.exists(widget.workspace_id, name):
            return {}
        if widget.pk:
            return {"image": reverse("dashboards:card_image", args=[widget.pk, name])}
        return {"image": reverse("widgets:image", args=[widget.workspace_id, name])}

    def check_options(self, options: dict[str, Any], shape: Definition | None) -> None:
        """A picture and its words are there."""
        if not options["image"]:
            raise UserError(str(_("Choose a picture.")), field="options.image")
        if not options["alt"].strip():
            message = _("Say in words what the picture shows, for who does not see it.")
            raise UserError(str(message), field="options.alt")
