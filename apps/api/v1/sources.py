"""Connections to other systems. Only analysts see them; nobody ever reads a password back."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.accounts.models import Workspace
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import DEFINE
from apps.api.v1.base import Mine, Picked, Writable, my_workspaces
from apps.core.errors import UserError
from apps.datasources import sources
from apps.datasources.models import Source, settings_without_secrets
from apps.datasources.services import touch_dataset


class SourceSerializer(Picked):
    """A source. `password` is only ever written."""

    workspace = Mine(of=my_workspaces)
    settings = serializers.DictField(help_text="host, port, dbname, user, sslmode")
    password = serializers.CharField(
        write_only=True, required=False, max_length=1000, trim_whitespace=False
    )
    has_password = serializers.SerializerMethodField()

    class Meta:
        model = Source
        fields = ["id", "workspace", "name", "kind", "settings", "password", "has_password"]
        fields += ["created_at"]
        read_only_fields = ["created_at"]

    def get_has_password(self, source: Source) -> bool:
        """Whether one is kept."""
        return bool(source.secret)

    def validate_workspace(self, workspace: Workspace) -> Workspace:
        """A source stays where it was made."""
        _check_unchanged(self.instance, "workspace", workspace)
        return workspace

    def validate_kind(self, kind: str) -> str:
        """Its kind stays too."""
        _check_unchanged(self.instance, "kind", kind)
        return kind

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Known settings at an allowed address; another address needs its password again."""
        kept: Any = self.instance
        if "settings" in attrs or kept is None:
            kind = attrs.get("kind") or kept.kind
            attrs["settings"] = new = sources.checked(kind, attrs.get("settings", {}))
            moved = kept is not None and sources.has_moved(kept.kind, kept.settings, new)
            if moved and kept.secret and "password" not in attrs:
                message = _("Send the password again: it was given for another address.")
                raise UserError(message, field="password", code="invalid_source")
        return attrs

    def to_representation(self, source: Source) -> dict[str, Any]:
        """Settings without what is secret, whoever put it there."""
        data: dict[str, Any] = dict(super().to_representation(source))
        if "settings" in data:
            data["settings"] = settings_without_secrets(source)
        return data


class SourceViewSet(Writable):
    """Databases that datasets come from."""

    model = Source
    serializer_class = SourceSerializer
    may = DEFINE
    filterset_fields: Any = ["workspace", "kind"]
    ordering_fields: Any = ["name", "created_at"]

    def visible(self, user: Visitor) -> QuerySet[Source]:
        """Those of workspaces where the caller defines data."""
        return Source.objects.filter(workspace__in=workspaces_where(user, DEFINE))

    editable = visible

    def perform_create(self, serializer: Any) -> None:
        """Keep it, then seal the password: the row's number is part of the seal."""
        self.check_may(serializer.validated_data["workspace"])
        self._save(serializer)

    def perform_update(self, serializer: Any) -> None:
        """The rows may now be others."""
        source = self._save(serializer)
        for dataset in source.datasets.all():
            touch_dataset(dataset)

    def _save(self, serializer: Any) -> Source:
        password = serializer.validated_data.pop("password", None)
        source: Source = serializer.save()
        if password is not None:
            source.set_password(password)
            source.save(update_fields=["secret"])
        return source


def _check_unchanged(instance: Any, field: str, value: Any) -> None:
    if instance is not None and getattr(instance, field) != value:
        raise serializers.ValidationError(_("This cannot be changed."))
