"""What every resource has: rows by who may see and change them, `?fields=`, versions, pages."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from django.core.exceptions import ValidationError as ModelInvalid
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.utils.translation import gettext as _
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Workspace
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import VIEW
from apps.api.problems import ChangedMeanwhile, NeedsVersion
from apps.core.errors import Conflict, Denied, UserError

CACHE = "private, no-cache"


class Known(serializers.Serializer[Any]):
    """A serializer that refuses a field that nobody knows: it was meant to do something."""

    def to_internal_value(self, data: Any) -> Any:
        """Raises ValidationError that names it. What is read-only may come along, and is left."""
        fields: dict[str, Any] = dict(self.fields)
        if isinstance(data, dict) and (unknown := [name for name in data if name not in fields]):
            known = ", ".join(name for name, each in fields.items() if not each.read_only)
            message = _("There is no such field. There are: %(known)s.") % {"known": known}
            raise serializers.ValidationError({str(name)[:40]: message for name in unknown[:20]})
        return super().to_internal_value(data)


class Picked(Known, serializers.ModelSerializer[Any]):
    """A serializer that leaves out what `?fields=` does not name, and refuses what it lacks."""

    def get_fields(self) -> dict[str, Any]:
        """All fields, or for a read those that were asked for."""
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        if request is None or request.method not in ("GET", "HEAD") or not self._is_outermost():
            return fields
        asked = request.query_params.get("fields")
        if not asked:
            return fields
        names = [name.strip() for name in asked.split(",")]
        for name in names:
            if name not in fields:
                message = _("There is no field “%(name)s”. There are: %(known)s.")
                values = {"name": name[:40], "known": ", ".join(fields)}
                raise UserError(message % values, field="fields", code="unknown_field")
        return {name: fields[name] for name in names}

    def _is_outermost(self) -> bool:
        parent: Any = self.parent
        return parent is None or (
            isinstance(parent, serializers.ListSerializer) and parent.parent is None
        )


class Mine(serializers.PrimaryKeyRelatedField[Any]):
    """A reference to a row that the caller may see; any other number "does not exist"."""

    def __init__(self, of: Any, **kwargs: Any) -> None:
        self.of = of
        if not kwargs.get("read_only"):
            kwargs["queryset"] = of(None)
        super().__init__(**kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        """The rows that may be named."""
        request = self.context.get("request")
        found: QuerySet[Any] = self.of(request.user if request else None)
        return found

    def to_internal_value(self, data: Any) -> Any:
        """Numbers only: true and 1e3 are none, and neither is one that no column can hold."""
        if isinstance(data, bool) or not isinstance(data, int) or not 0 < data < 2**63:
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


def my_workspaces(user: Visitor | None) -> QuerySet[Workspace]:
    """For Mine: the workspaces in which the caller has a role."""
    return workspaces_where(user, VIEW) if user else Workspace.objects.all()


def visible(model: type[models.Model]) -> Any:
    """For Mine: the rows of a model with `visible_to`."""
    manager: Any = model._default_manager
    return lambda user: manager.visible_to(user) if user else manager.all()


class Readable(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Lists and shows the rows of `visible(user)`."""

    model: type[models.Model]
    may: str = ""  # what a workspace's role must carry for a new row in it
    needs_version: bool = False  # a change must name the version that it saw
    lookup_value_regex = "[0-9]{1,18}"
    filterset_fields: Any = []
    ordering_fields: Any = []

    def visible(self, user: Visitor) -> QuerySet[Any]:
        """What the caller may see."""
        manager: Any = self.model._default_manager
        found: QuerySet[Any] = manager.visible_to(user)
        return found

    def editable(self, user: Visitor) -> QuerySet[Any]:
        """What the caller may change."""
        manager: Any = self.model._default_manager
        found: QuerySet[Any] = manager.editable_by(user)
        return found

    def get_queryset(self) -> QuerySet[Any]:
        """Always the visible ones; whether one may be changed is asked when it is."""
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        return self.visible(self.request.user)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row with its ETag; 304 for the reader who has it already."""
        thing = self.get_object()
        data = self.get_serializer(thing).data
        etag = etag_of(thing, data)
        headers = {"ETag": etag, "Cache-Control": CACHE}
        if matches(request.headers.get("If-None-Match", ""), etag):
            return Response(status=304, headers=headers)
        return Response(data, headers=headers)


class Writable(
    mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, Readable
):
    """The same, with POST, PATCH and DELETE for those who may."""

    http_method_names = ["get", "head", "post", "patch", "delete", "options"]

    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A new row, with its ETag."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with told(self.model):
            self.perform_create(serializer)
        data = self.get_serializer(serializer.instance).data
        return Response(data, status=201, headers={"ETag": etag_of(serializer.instance, data)})

    @transaction.atomic
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what the body names, if nobody else did since the version in If-Match."""
        thing = self.get_changeable()
        serializer = self.get_serializer(thing, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        with told(self.model):
            self.perform_update(serializer)
        data = self.get_serializer(serializer.instance).data
        return Response(data, headers={"ETag": etag_of(serializer.instance, data)})

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete; what still needs the row keeps it."""
        thing = self.get_changeable()
        with told():
            self.perform_destroy(thing)
        return Response(status=204)

    def get_changeable(self) -> Any:
        """The row, locked. 404 if invisible, 403 if only visible, 428 or 412 by its version."""
        thing = self.get_object()
        if not self.editable(self.request.user).filter(pk=thing.pk).exists():
            raise Denied(_("You may look at this, but not change it."))
        self.model._default_manager.select_for_update().get(pk=thing.pk)
        thing.refresh_from_db()
        self.check_version(thing)
        return thing

    def check_version(self, thing: Any) -> None:
        """Raises NeedsVersion or ChangedMeanwhile."""
        named = self.request.headers.get("If-Match", "")
        if not named:
            if self.needs_version:
                message = _("Send If-Match with the ETag of the version that you change.")
                raise NeedsVersion(message)
            return
        etag = etag_of(thing, self.get_serializer(thing).data)
        if not matches(named, etag):
            raise ChangedMeanwhile(_("Somebody changed this meanwhile. Read it again."))

    def check_may(self, workspace: Workspace) -> None:
        """Raises Denied unless the caller's role there carries `may`."""
        if not workspaces_where(self.request.user, self.may).filter(pk=workspace.pk).exists():
            raise Denied(_("Your role in this workspace does not allow that."))


@contextmanager
def told(model: type[models.Model] | None = None) -> Iterator[None]:
    """What models and constraints refuse, told as an error of the caller. model: what is written,
    so that the field can be named that another row has the value of.
    """
    try:
        with transaction.atomic():
            yield
    except ModelInvalid as error:
        if field := _taken(error):
            raise _exists(field) from error
        raise serializers.ValidationError(
            error.message_dict if hasattr(error, "error_dict") else error.messages
        ) from error
    except (ProtectedError, RestrictedError) as error:
        raise Conflict(_("Something else still uses this."), code="in_use") from error
    except IntegrityError as error:
        raise _exists(_of_constraint(model, error)) from error


def _exists(field: str | None) -> Conflict:
    return Conflict(_("There is one like this already."), field=field, code="exists")


def _taken(error: ModelInvalid) -> str | None:
    """The last field of a unique constraint that a model's full_clean() found broken."""
    for each in getattr(error, "error_dict", {}).get("__all__", []):
        if each.code == "unique_together" and each.params:
            return str(each.params["unique_check"][-1])
    return None


def _of_constraint(model: type[models.Model] | None, error: IntegrityError) -> str | None:
    """The same of one that the database found broken."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    for each in model._meta.constraints if model else ():
        if isinstance(each, models.UniqueConstraint) and each.name == name and each.fields:
            return each.fields[-1]
    return None


def etag_of(thing: Any, data: Any) -> str:
    """By version where the row has one, else by what is shown of it."""
    if isinstance(version := getattr(thing, "version", None), int):
        return f'"{thing.pk}-{version}"'
    text = orjson.dumps(data, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return f'"{hashlib.sha256(text).hexdigest()[:32]}"'


def matches(header: str, etag: str) -> bool:
    """Whether If-Match or If-None-Match names this ETag (RFC 9110, weak comparison)."""
    named = [each.strip().removeprefix("W/") for each in header.split(",")]
    return etag in named or named == ["*"]
