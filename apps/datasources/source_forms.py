"""A source as a form, made of its connector's table of settings."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User, Workspace
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE
from apps.core.errors import UserError
from apps.datasources import choice_words, source_services, sources
from apps.datasources.connectors.base import Connection, Setting
from apps.datasources.models import Source

PREFIX = "setting-"


class SourceForm(forms.Form):
    """Name, settings and secret. A kept secret and a kept file are only ever replaced."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    workspace = forms.ModelChoiceField(
        Workspace.objects.none(), label=gettext_lazy("Workspace"), empty_label=None
    )
    anyway = forms.BooleanField(
        label=gettext_lazy("Save it although it does not answer"), required=False
    )

    def __init__(self, *args: Any, source: Source, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source, self.table = source, sources.settings_of(source.kind)
        self.is_new = source.pk is None
        self.new_file = ""
        self._choose_workspace(user)
        self.fields["name"].initial = source.name or str(source.get_kind_display())
        for setting in self.table:
            self.fields[f"{PREFIX}{setting.name}"] = self._field(setting)

    def _choose_workspace(self, user: User) -> None:
        if not self.is_new:
            del self.fields["workspace"]
            return
        mine: Any = self.fields["workspace"]
        mine.queryset = workspaces_where(user, DEFINE)
        mine.initial = mine.queryset.first()
        if mine.queryset.count() == 1:
            mine.widget, mine.initial = forms.HiddenInput(), mine.initial.pk

    def _field(self, setting: Setting) -> forms.Field:
        """One setting; what must be filled in is checked where the API checks it."""
        words = {"label": setting.label, "help_text": setting.help, "required": False}
        kept = self.source.settings.get(setting.name, setting.default)
        if setting.kind == "secret":
            field: forms.Field = forms.CharField(**words, strip=False, max_length=10_000)
            # what was typed is never sent back: it stays in the page while the form is swapped
            attrs = {"autocomplete": "new-password", "hx-preserve": "true"}
            field.widget = forms.PasswordInput(attrs=attrs)
            if self.source.secret:
                field.widget.attrs["placeholder"] = _("kept; type to replace")
        elif sources.is_file(setting):
            field = forms.FileField(**words)
            field.widget.attrs["hx-preserve"] = "true"
            if kept:
                field.help_text = _("One is kept. Choose another to replace it.")
        elif setting.kind == "boolean":
            field = forms.BooleanField(**words, initial=bool(kept))
        elif setting.kind == "choice":
            choices = [(each, choice_words.words_of(setting, each)) for each in setting.choices]
            field = forms.ChoiceField(**words, choices=choices, initial=kept)
        elif setting.kind == "number":
            field = forms.IntegerField(**words, initial=kept)
        else:
            field = forms.CharField(**words, max_length=2000, initial=kept)
        if setting.is_required:
            field.widget.attrs["aria-required"] = "true"
        field.widget.attrs.setdefault("autocomplete", "off")
        field.needed_for = choice_words.needed_for(self.source.kind, setting)  # type: ignore[attr-defined]
        return field

    @property
    def setting_fields(self) -> list[Any]:
        """The bound fields of the settings, in the order of their table."""
        return [self[f"{PREFIX}{each.name}"] for each in self.table]

    @property
    def needs_upload(self) -> bool:
        """Whether a file belongs to it."""
        return any(sources.is_file(each) for each in self.table)

    def take(self) -> Connection | None:
        """The connection that was described, or None with the errors at their fields.

        A file that was sent is kept; `forget` drops it again.
        """
        if not self.is_valid():
            return None
        given = {
            each.name: self.cleaned_data.get(f"{PREFIX}{each.name}")
            for each in self.table
            if not (each.kind == "secret" or sources.is_file(each))
        }
        try:
            for each in self.table:
                if sources.is_file(each):
                    given[each.name] = self._file(each)
            details = sources.checked(self.source.kind, given)
            return sources.connection_to(self.source.kind, details, self._secret_for(details))
        except UserError as error:
            self.refuse(error)
            return None

    def _file(self, setting: Setting) -> str:
        sent = self.cleaned_data.get(f"{PREFIX}{setting.name}")
        if sent:
            self.new_file = source_services.keep_file(self.source.kind, sent)
            return self.new_file
        return str(self.source.settings.get(setting.name, ""))

    def secret(self) -> str | None:
        """The secret that was typed; None keeps the one there is."""
        names = [each.name for each in self.table if each.kind == "secret"]
        typed = [self.cleaned_data.get(f"{PREFIX}{name}") or "" for name in names]
        return next((each for each in typed if each), None)

    def _secret_for(self, details: dict[str, Any]) -> str:
        typed = self.secret()
        if typed is not None or not self.source.secret:
            return typed or ""
        if sources.has_moved(self.source.kind, self.source.settings, details):
            message = _("Type it again: it was given for another address.")
            raise UserError(message, field="password", code="invalid_source")
        return self.source.password()

    def forget(self) -> None:
        """Nothing was kept of it: neither is its file."""
        if self.new_file:
            source_services.drop_file(self.new_file)
            self.new_file = ""

    def refuse(self, error: UserError) -> None:
        """Put an error at the field that it is about, or above all of them."""
        name = (error.field or "").removeprefix("settings.")
        secrets = [each.name for each in self.table if each.kind == "secret"]
        if name in ("password", "secret") and secrets:
            name = secrets[0]
        for field in (f"{PREFIX}{name}", name):
            if name and field in self.fields:
                self.add_error(field, error.message)
                return
        self.add_error(None, error.message)
