"""One question to one dataset. The kept answer goes out as the bytes that it is."""

import time
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.api.parsers import loads
from apps.api.renderers import OrjsonRenderer
from apps.api.v1.base import matches
from apps.core.errors import TooLarge
from apps.datasources import engine
from apps.datasources.query import Query

MOST_BYTES = 256 * 1024
EXAMPLE = {
    "dataset": 3,
    "measures": ["revenue"],
    "dimensions": ["region"],
    "time": "ordered_at",
    "grain": "day",
    "window": {"from": "now-30d", "to": "now"},
    "filters": [{"column": "region", "op": "in", "values": ["West"]}],
}


class CsvRenderer(BaseRenderer):
    """Chosen by Accept; the engine makes the bytes."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"


class ArrowRenderer(BaseRenderer):
    """The same, as an Arrow IPC stream."""

    media_type = "application/vnd.apache.arrow.stream"
    format = "arrow"
    charset = None


class QueryView(APIView):
    """Answers a Query as JSON columns, CSV or Arrow, by Accept."""

    renderer_classes: list[Any] = [OrjsonRenderer, CsvRenderer, ArrowRenderer]

    @extend_schema(
        operation_id="query",
        tags=["query"],
        request={"application/json": {"type": "object", "example": EXAMPLE}},
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/vnd.apache.arrow.stream"): OpenApiTypes.BINARY,
            304: OpenApiResponse(description="If-None-Match names the kept answer."),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Ask. `X-Cache` says hit, miss or stale; `Age` how many seconds ago it was computed.

        A stale answer whose source has just failed has the code of the failure in `X-Problem`.
        """
        body = request._request.body
        if len(body) > MOST_BYTES:
            raise TooLarge(_("A query has at most 256 KB."))
        renderer: Any = request.accepted_renderer
        query = Query.from_json(loads(body))
        answer = engine.answer_encoded(query, request.user, renderer.format)
        if matches(request.headers.get("If-None-Match", ""), answer.etag):
            response = HttpResponse(status=304)
        else:
            response = HttpResponse(answer.body, content_type=_media_type(renderer))
        for name, value in headers_of(answer).items():
            response[name] = value
        return response


def headers_of(answer: engine.Encoded) -> dict[str, str]:
    """What is told about an answer beside its bytes."""
    found = {
        "ETag": answer.etag,
        "Age": str(max(0, int(time.time() - answer.computed_at))),
        "X-Cache": "stale" if answer.stale else "hit" if answer.hit else "miss",
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Authorization, Cookie, Accept-Language",
    }
    return found | ({"X-Problem": answer.problem_code} if answer.problem_code else {})


def _media_type(renderer: Any) -> str:
    return (
        f"{renderer.media_type}; charset=utf-8" if renderer.format == "csv" else renderer.media_type
    )
