"""One statement of a person's SQL to one source, as in the SQL lab."""

from typing import Any

import orjson
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.api.renderers import OrjsonRenderer
from apps.api.v1.query import CsvRenderer
from apps.core.errors import NotFound, TooLarge, UserError
from apps.datasources import sql_access, sql_results, sqllab
from apps.datasources.conditions import mapping
from apps.datasources.connectors.errors import QueryCancelled, SourceTimeout

MOST_BYTES = 512 * 1024
EXAMPLE = {
    "source": 2,
    "sql": "SELECT region, sum(amount) AS amount FROM shop.sales WHERE sold_at >= {{ since }}"
    " GROUP BY region",
    "parameters": {"since": {"type": "date", "value": "2024-02-01"}},
}


class SqlView(APIView):
    """Runs a SELECT for who defines data; answers rows as JSON columns or CSV, by Accept.

    The caller waits in one of the bridge's threads. As a process runs four statements at once,
    the lab's included, half of its threads stay free for everybody else.
    """

    renderer_classes: list[Any] = [OrjsonRenderer, CsvRenderer]

    @extend_schema(
        operation_id="sql",
        tags=["query"],
        request={"application/json": {"type": "object", "example": EXAMPLE}},
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Run one reading statement. `X-Truncated` is 1 where there are more rows than came."""
        if len(request._request.body) > MOST_BYTES:
            raise TooLarge(_("A statement has at most 512 KB."))
        asked = request.data
        if not isinstance(asked, dict) or not isinstance(asked.get("sql"), str):
            raise UserError(_("Send an object with “source” and “sql”."), field="sql")
        mapping(asked, "sql", ("source", "sql", "parameters"))
        started = _started(request, asked)
        if not started.ended.wait(settings.QUERY_TIMEOUT_S + sqllab.GRACE_S):
            sqllab.cancel(started.run)
            raise SourceTimeout(_("The source took too long. Ask for less."))
        if started.error:
            raise started.error
        table = sqllab.rows_of(started.run)
        if table is None:
            raise QueryCancelled(_("The query was cancelled."))
        is_csv = request.accepted_renderer.format == "csv"
        if is_csv:
            content, media_type = sql_results.to_csv(table), "text/csv; charset=utf-8"
        else:
            content = orjson.dumps(sql_results.as_columns(table, started.run.took_ms))
            media_type = "application/json"
        response = HttpResponse(content, content_type=media_type)
        response["X-Truncated"] = str(int(sql_results.is_cut(table)))
        response["Cache-Control"] = "private, no-store"
        return response


def _started(request: Request, asked: dict[str, Any]) -> sqllab.Started:
    pk: Any = asked.get("source")
    if not isinstance(pk, int) or isinstance(pk, bool):
        raise UserError(_("“source” is the number of a source."), field="source")
    user: Any = request.user
    source = sql_access.askable(user).filter(pk=pk).first()
    if source is None:
        raise NotFound(_("There is no such source."), field="source")
    return sqllab.start(user, source, asked["sql"], asked.get("parameters", {}))
