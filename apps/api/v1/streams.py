"""Streams, and the door through which their rows come in."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.roles import DEFINE
from apps.api.v1.base import Known, Mine, Picked, Writable, my_workspaces, told
from apps.api.v1.datasets import (
    ColumnSerializer,
    MeasureInlineSerializer,
    NewMeasureSerializer,
    without_hidden,
)
from apps.core import metrics, redis
from apps.core.errors import Denied, NotFound
from apps.datasources.access import scope_of
from apps.datasources.models import Column, Format
from apps.streams import parse, services
from apps.streams.models import Stream

KEEP_S = 60


class StreamColumn(Known):
    """One declared column of a new stream."""

    name = serializers.RegexField(r"^[a-z][a-z0-9_]{0,62}$")
    type = serializers.ChoiceField(Column.Type.choices)
    label = serializers.CharField(max_length=120, required=False)  # type: ignore[assignment]
    unit = serializers.CharField(max_length=20, required=False)
    format = serializers.ChoiceField(Format.choices, required=False)


class NewStreamSerializer(Known):
    """What a stream is made from."""

    workspace = Mine(of=my_workspaces)
    name = serializers.CharField(max_length=120)
    slug = serializers.SlugField(max_length=40)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    time_column = serializers.CharField(max_length=63)
    columns = StreamColumn(many=True, allow_empty=False)
    measures = NewMeasureSerializer(many=True, required=False)
    retention_days = serializers.IntegerField(
        min_value=1, max_value=36_500, required=False, allow_null=True
    )


class StreamSerializer(Picked):
    """A stream: ask its dataset, send to its events."""

    workspace = serializers.IntegerField(source="dataset.workspace_id")
    name = serializers.CharField(source="dataset.name")
    description = serializers.CharField(source="dataset.description")
    time_column = serializers.CharField(source="dataset.time_column")
    columns = ColumnSerializer(source="dataset.columns", many=True)
    measures = MeasureInlineSerializer(source="dataset.measures", many=True)

    class Meta:
        model = Stream
        fields = ["id", "slug", "dataset", "workspace", "name", "description", "time_column"]
        fields += ["columns", "measures", "retention_days", "created_at"]
        read_only_fields = fields

    def to_representation(self, stream: Stream) -> dict[str, Any]:
        """Without what a policy hides."""
        scope = scope_of(self.context["request"].user, stream.dataset_id)
        return without_hidden(dict(super().to_representation(stream)), scope)


class StreamViewSet(Writable):
    """Datasets whose rows arrive while people look. Analysts make them."""

    model = Stream
    serializer_class = StreamSerializer
    may = DEFINE
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]{1,40}"
    http_method_names = ["get", "head", "post", "options"]
    filterset_fields: Any = ["dataset", "dataset__workspace"]
    ordering_fields: Any = ["slug", "created_at"]

    def visible(self, user: Any) -> QuerySet[Stream]:
        """With what is shown of its dataset."""
        streams = Stream.objects.visible_to(user).select_related("dataset")
        return streams.prefetch_related("dataset__columns", "dataset__measures")

    @extend_schema(request=NewStreamSerializer, responses={201: StreamSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a stream with its dataset, columns and measures."""
        serializer = NewStreamSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        data = dict(serializer.validated_data)
        workspace = data.pop("workspace")
        self.check_may(workspace)
        with told():
            stream = services.create_stream(workspace, **data)
        return Response(self.get_serializer(stream).data, status=201)


class RowErrorSerializer(serializers.Serializer[Any]):
    """What is wrong with one row."""

    row = serializers.IntegerField(help_text="Index in the body, from 0.")
    column = serializers.CharField()
    message = serializers.CharField()


class RecordedSerializer(serializers.Serializer[Any]):
    """What became of a batch. Rows that were accepted are on disk."""

    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = serializers.IntegerField()
    errors = RowErrorSerializer(many=True, help_text="The first hundred.")  # type: ignore[assignment]


class EventsView(APIView):
    """Takes rows."""

    @extend_schema(
        operation_id="streams_events_create",
        tags=["streams"],
        request={
            "application/json": {"type": "array", "items": {"type": "object"}},
            "application/x-ndjson": OpenApiTypes.STR,
            "text/csv": OpenApiTypes.STR,
        },
        responses={202: RecordedSerializer},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description="Resend with the same key after a lost answer: rows are stored once.",
            ),
            OpenApiParameter("Content-Encoding", str, OpenApiParameter.HEADER, enum=["gzip"]),
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Store rows. 202 once they are on disk; a row that does not fit sinks no other."""
        stream = _writable(request, slug)
        rows = parse.rows(
            request.content_type or "",
            request._request.body,
            request.headers.get("Content-Encoding"),
        )
        recorded = services.record_events(stream, rows, request.headers.get("Idempotency-Key"))
        metrics.ROWS.labels("accepted").inc(recorded.accepted)
        metrics.ROWS.labels("duplicate").inc(recorded.duplicates)
        metrics.ROWS.labels("rejected").inc(recorded.rejected)
        return Response(recorded.as_json(), status=202)


def _writable(request: Request, slug: str) -> Stream:
    """Raises NotFound, or Denied for a stream that the caller may only read.

    Who may send is kept for a minute under the user's `access_version`, like the scope of a query:
    asking the database costs more than storing the rows.
    """
    user: Any = request.user
    key = f"sightline:sends:{user.pk}:{user.access_version}:{slug}"
    kept: Any = redis.client().get(key)
    if kept:
        stream = Stream.objects.select_related("dataset").filter(pk=int(kept), slug=slug).first()
        if stream is not None:
            return stream
    stream = Stream.objects.writable_by(user).filter(slug=slug).first()
    if stream is None:
        if Stream.objects.visible_to(user).filter(slug=slug).exists():
            raise Denied(_("You may read this stream, but not send to it."))
        raise NotFound(_("There is nothing here."))
    redis.client().set(key, stream.pk, ex=KEEP_S)
    return stream
