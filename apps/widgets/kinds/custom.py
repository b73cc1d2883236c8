"""A module of the workspace's own, in a sandboxed frame."""

from typing import TYPE_CHECKING, Any

import orjson
from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import Visitor
from apps.core.errors import UserError
from apps.core.numbers import whole
from apps.widgets.kinds.base import Family, Kind, Options, Shape
from apps.widgets.view import View

if TYPE_CHECKING:
    from apps.widgets.models import Widget


class ModuleChoice(forms.ChoiceField):
    """One of the workspace's modules; whether it is there is asked when it is kept and drawn."""

    def valid_value(self, value: Any) -> bool:
        """A number."""
        return whole(value) is not None


class CustomOptions(Options):
    """Which module, and what it is told."""

    module = ModuleChoice(
        label=_("Module"),
        required=False,
        initial="",
        choices=[("", "–")],
        help_text=_('Admins upload them under <a href="/w/modules/">Drawing modules</a>.'),
    )
    settings = forms.CharField(
        label=_("Its options, as JSON"),
        max_length=4000,
        required=False,
        initial="",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )

    def offer_in(self, workspace_id: int) -> None:
        """The workspace's modules."""
        from apps.widgets.models import CustomKind

        found = CustomKind.objects.filter(workspace=workspace_id, is_active=True)
        self.fields["module"].choices = [("", "–"), *found.values_list("pk", "name")]  # type: ignore[attr-defined]

    def clean_settings(self) -> str:
        """An object, or nothing."""
        text = str(self.cleaned_data["settings"]).strip()
        try:
            is_object = not text or isinstance(orjson.loads(text), dict)
        except orjson.JSONDecodeError:
            is_object = False
        if not is_object:
            raise forms.ValidationError(_('Write a JSON object, such as {"bins": 20}.'))
        return text


class Custom(Kind):
    """What an admin of the workspace uploaded; docs/custom-kinds.md is its contract."""

    slug = "custom"
    label = _("Custom")
    hint = _("Drawn by a module that an admin uploaded")
    shape = Shape.ROWS
    family = Family.RELATIONS
    options = CustomOptions
    dimensions = (0, 4)
    measures = (0, 8)
    time_axis = True
    lists_rows = True

    def overlays(
        self, widget: "Widget", options: dict[str, Any], view: View, user: Visitor
    ) -> dict[str, Any]:
        """Where its newest version runs; nothing if it is gone or switched off."""
        from apps.widgets.models import CustomKindVersion

        if not options["module"]:
            return {}
        rows = CustomKindVersion.objects.filter(
            kind=options["module"], kind__workspace=widget.workspace_id, kind__is_active=True
        )
        newest = rows.select_related("kind").first()
        if newest is None:
            return {}
        address = reverse("widgets:custom_frame", args=[newest.pk])
        return {"custom": {"frame": address, "name": newest.kind.name, "version": newest.number}}

    def check_workspace(self, options: dict[str, Any], workspace_id: int) -> None:
        """The module is one of this workspace's."""
        from apps.widgets.models import CustomKind

        mine = CustomKind.objects.filter(workspace=workspace_id, is_active=True)
        if not options["module"] or not mine.filter(pk=options["module"]).exists():
            message = _("Choose a module. Admins upload them under Drawing modules.")
            raise UserError(str(message), field="options.module")
