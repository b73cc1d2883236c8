"""Connections to other systems. Only analysts see them; nobody ever reads a secret back."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Workspace
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import DEFINE
from apps.api.v1.base import Known, Mine, Picked, Writable, my_workspaces
from apps.core.errors import UserError
from apps.datasources import source_queries, source_services, sources
from apps.datasources.connectors import BUILT_IN
from apps.datasources.models import Source, settings_without_secrets


class SourceSerializer(Picked):
    """A source. `password`, whatever the kind calls its secret, is only ever written.

    health is good, bad or none (never asked); `problem` says why it is bad.
    """

    workspace = Mine(of=my_workspaces)
    settings = serializers.DictField(help_text="Such as host, port, dbname, user, sslmode")
    password = serializers.CharField(
        write_only=True, required=False, max_length=10_000, trim_whitespace=False
    )
    has_password = serializers.SerializerMethodField()
    health = serializers.SerializerMethodField()

    class Meta:
        model = Source
        fields = ["id", "workspace", "name", "kind", "settings", "password", "has_password"]
        fields += ["health", "answered_at", "failed_at", "problem", "created_at"]
        read_only_fields = ["answered_at", "failed_at", "problem", "created_at"]
        validators: list[Any] = []  # the model's own, told as a conflict

    def get_has_password(self, source: Source) -> bool:
        """Whether one is kept."""
        return bool(source.secret)

    def get_health(self, source: Source) -> str:
        """good, bad or none."""
        return source_queries.health(source).state

    def validate_workspace(self, workspace: Workspace) -> Workspace:
        """A source stays where it was made."""
        _check_unchanged(self.instance, "workspace", workspace)
        return workspace

    def validate_kind(self, kind: str) -> str:
        """Its kind stays too."""
        _check_unchanged(self.instance, "kind", kind)
        return kind

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Known settings at an allowed address; another address needs its secret again."""
        kept: Any = self.instance
        if "settings" in attrs or kept is None:
            kind = attrs.get("kind") or kept.kind
            given = attrs.get("settings", {})
            _check_files(kind, given, kept.settings if kept else {})
            attrs["settings"] = new = sources.checked(kind, given)
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


class TrySerializer(Known):
    """A connection to be tried; nothing of it is kept."""

    workspace = Mine(of=my_workspaces)
    kind = serializers.CharField(max_length=20, help_text="As in a source")
    settings = serializers.DictField()
    password = serializers.CharField(
        write_only=True, required=False, max_length=10_000, trim_whitespace=False
    )


class TriedSerializer(serializers.Serializer[Any]):
    """What came of it: how long it took and how many tables there are, or what to mend where."""

    ok = serializers.BooleanField()
    took_ms = serializers.IntegerField(allow_null=True)
    relations = serializers.IntegerField(allow_null=True)
    problem = serializers.CharField(allow_blank=True)
    field = serializers.CharField(allow_null=True)


class EmptySerializer(serializers.Serializer[Any]):
    """An empty object."""


class SourceViewSet(Writable):
    """Databases and services that datasets come from."""

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
        """Keep it, its secret sealed."""
        data = serializer.validated_data
        self.check_may(data["workspace"])
        source = Source(workspace=data["workspace"], kind=data["kind"])
        serializer.instance = _saved(source, data)

    def perform_update(self, serializer: Any) -> None:
        """The rows may now be others."""
        serializer.instance = _saved(serializer.instance, serializer.validated_data)

    def perform_destroy(self, source: Source) -> None:
        """End it, unless datasets are made of it."""
        source_services.delete_source(source)

    @extend_schema(operation_id="sources_try", request=TrySerializer, responses=TriedSerializer)
    @action(detail=False, methods=["post"], url_path="test", url_name="try")
    def try_one(self, request: Request) -> Response:
        """Try a connection before it is kept: reach it, sign in, look around."""
        asked = TrySerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        self.check_may(data["workspace"])
        _check_files(data["kind"], data["settings"], {})
        details = sources.checked(data["kind"], data["settings"])
        secret = data.get("password", "")
        connection = sources.connection_to(data["kind"], details, secret)
        return _tried(lambda: source_services.try_connection(connection))

    @extend_schema(operation_id="sources_test", request=EmptySerializer, responses=TriedSerializer)
    @action(detail=True, methods=["post"], url_path="test", url_name="test")
    def test(self, request: Request, pk: str) -> Response:
        """Ask a kept source whether it answers."""
        source = self.get_object()
        EmptySerializer(data=request.data).is_valid(raise_exception=True)
        if source.kind in BUILT_IN:
            raise UserError(_("Uploads and streams are kept by Sightline itself."), field="kind")
        return _tried(lambda: source_services.try_source(source))


def _saved(source: Source, data: dict[str, Any]) -> Source:
    return source_services.save_source(
        source,
        name=data.get("name", source.name),
        details=data.get("settings", source.settings),
        secret=data.get("password"),
    )


def _tried(attempt: Any) -> Response:
    told: dict[str, Any] = {"ok": True, "took_ms": None, "relations": None}
    told |= {"problem": "", "field": None}
    try:
        tried = attempt()
    except UserError as error:
        told |= {"ok": False, "problem": error.message, "field": error.field}
    else:
        told |= {"took_ms": tried.took_ms, "relations": tried.relations}
    return Response(TriedSerializer(told).data)


def _check_files(kind: str, given: dict[str, Any], kept: dict[str, Any]) -> None:
    """A file is uploaded on the source's page; by name it could be somebody else's."""
    for each in sources.settings_of(kind):
        if sources.is_file(each) and given.get(each.name) != kept.get(each.name):
            message = _("Upload the file on the page of the source.")
            raise UserError(message, field=f"settings.{each.name}", code="invalid_source")


def _check_unchanged(instance: Any, field: str, value: Any) -> None:
    if instance is not None and getattr(instance, field) != value:
        raise serializers.ValidationError(_("This cannot be changed."))
