"""The SQL lab's page, and what it asks for: runs, rows, tables, history."""

from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from sqlglot import exp

from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE
from apps.core import problems
from apps.core.errors import NotFound, UserError
from apps.datasources import guard, sql_access, sql_datasets, sql_results, sqllab
from apps.datasources.connectors import connector
from apps.datasources.dialogs import address
from apps.datasources.guard import TableName, WrongSql
from apps.datasources.models import Source, SqlRun
from apps.datasources.sources import connection_of

TABLES_KEEP_S = 300
SHOWN_TABLES = 200
SHOWN_RUNS = 50
MOST_BYTES = 512 * 1024
DIALECTS = {  # what the editor calls a kind's SQL
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "sqlite": "SQLite",
    "duckdb": "PostgreSQL",
    "duckdb_file": "PostgreSQL",
}


@login_required
@require_GET
def lab(request: HttpRequest) -> HttpResponse:
    """The editor, with the tables of the source that is chosen."""
    _check_may_write(request)
    sources = list(sql_access.askable(request.user))
    for source in sources:
        source.dialect = DIALECTS.get(source.kind, "StandardSQL")  # type: ignore[attr-defined]
    chosen = next((each for each in sources if str(each.pk) == request.GET.get("source")), None)
    chosen = chosen or (sources[0] if sources else None)
    has_many = len({source.workspace_id for source in sources}) > 1
    context = {"sources": sources, "chosen": chosen, "has_many": has_many}
    return render(request, "sql/lab.html", context)


@login_required
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Run {"source", "sql", "parameters"}; how it fares is asked at the run's own address."""
    try:
        body = _body(request)
        source = _source(request, body.get("source"))
        sql, given = body.get("sql"), body.get("parameters", {})
        if not isinstance(sql, str):
            raise UserError(_("The SQL is a text."), field="sql")
        started = sqllab.start(request.user, source, sql, given)  # type: ignore[arg-type]
    except UserError as error:
        return _refused(request, error)
    started.ended.wait(sqllab.WAIT_S)
    started.run.refresh_from_db()
    return _json(_as_json(started.run))


@login_required
@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """How a run of one's own fares; with its first rows while they are kept."""
    return _json(_as_json(sqllab.settled(_mine(request, pk))))


@login_required
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it, at its source too."""
    sqllab.cancel(_mine(request, pk))
    return HttpResponse(status=204)


@login_required
@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """All rows of a run, as CSV."""
    table = sqllab.rows_of(_mine(request, pk))
    if table is None:
        raise NotFound(_("The rows of this run are not kept any more. Run it again."))
    response = HttpResponse(sql_results.to_csv(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="sql-{pk}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a dataset of a run: a form in a dialog."""
    found = _mine(request, pk)
    name = request.POST.get("name", "").strip()
    context: dict[str, Any] = {"run": found, "name": name}
    context["is_copy"] = found.source.kind == Source.Kind.DUCKDB
    if request.method != "POST":
        return render(request, "sql/_save.html", context)
    try:
        if not 1 <= len(name) <= 120:
            raise UserError(_("Give it a name of at most 120 characters."))
        dataset = sql_datasets.save(request.user, found, name)  # type: ignore[arg-type]
    except UserError as error:
        return render(request, "sql/_save.html", context | {"problem": error.message}, status=422)
    return HttpResponse(status=204, headers={"HX-Redirect": address(dataset)})


@login_required
@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """What one has run oneself, the newest first."""
    _check_may_write(request)
    words = request.GET.get("q", "").strip()[:200]
    user: Any = request.user
    mine = SqlRun.objects.filter(user=user, source__in=sql_access.askable(user))
    if words:
        mine = mine.filter(sql__icontains=words)
    runs = [sqllab.settled(each) for each in mine.select_related("source")[:SHOWN_RUNS]]
    return render(request, "sql/_history.html", {"runs": runs, "words": words})


@login_required
@require_GET
def tables(request: HttpRequest, pk: int) -> HttpResponse:
    """The tables of a source that one may read; their columns come when they are opened."""
    source = _source(request, pk)
    words = request.GET.get("q", "").strip().lower()[:200]
    context: dict[str, Any] = {"source": source}
    try:
        names = [name for name in _tables(request, source) if words in name.lower()]
    except UserError as error:
        return render(request, "sql/_tables.html", context | {"problem": error.message})
    shown = names[:SHOWN_TABLES]
    context["tables"] = [{"name": name, "insert": _quoted(name, source.kind)} for name in shown]
    context["more"] = len(names) - len(shown)
    return render(request, "sql/_tables.html", context)


@login_required
@require_GET
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """The columns of one table, as a list; for the editor's completion, as JSON."""
    source, table = _source(request, pk), request.GET.get("table", "")
    wants_json = request.headers.get("Accept", "").startswith("application/json")
    try:
        found = _columns(request, source, table)
    except UserError as error:
        if wants_json:
            return _refused(request, error)
        return render(request, "sql/_columns.html", {"problem": error.message})
    if wants_json:
        return _json({"columns": [name for name, _type in found]})
    rows = [
        {"name": name, "type": type_, "insert": _quoted(name, source.kind, is_one=True)}
        for name, type_ in found
    ]
    return render(request, "sql/_columns.html", {"columns": rows})


def _tables(request: HttpRequest, source: Source) -> list[str]:
    user: Any = request.user
    if source.kind == Source.Kind.DUCKDB:
        return list(sql_access.uploads_of(user, source))
    reach = sql_access.reach_of(user, source)
    key = f"sql:tables:{source.pk}:{source.updated_at.timestamp()}"
    names: list[str] | None = cache.get(key)
    if names is None:
        names = [each.name for each in connector(source.kind).relations(connection_of(source))]
        cache.set(key, names, TABLES_KEEP_S)
    return [name for name in names if reach.has(_table_name(name))]


def _columns(request: HttpRequest, source: Source, table: str) -> list[tuple[str, str]]:
    user: Any = request.user
    if table not in _tables(request, source):
        raise NotFound(_("There is no such table."))
    if source.kind == Source.Kind.DUCKDB:
        dataset = sql_access.uploads_of(user, source)[table]
        shape, scope = sql_access.seen_definition(user, dataset)
        return [(each.name, each.type) for each in shape.columns if each.name not in scope.hidden]
    key = f"sql:columns:{source.pk}:{source.updated_at.timestamp()}:{table.encode().hex()}"
    found: list[Any] | None = cache.get(key)
    if found is None:
        read = connector(source.kind).columns(connection_of(source), table)
        found = [[each.name, each.native or each.type] for each in read]
        cache.set(key, found, TABLES_KEEP_S)
    return [(name, type_) for name, type_ in found]


def _table_name(name: str) -> TableName:
    schema, _dot, table = name.rpartition(".")
    return TableName(schema, table)


def _quoted(name: str, kind: str, is_one: bool = False) -> str:
    """A name as it is written in a statement: in quotes where it needs them."""
    dialect = guard.DIALECTS[kind]
    parts = [name] if is_one or kind == Source.Kind.DUCKDB else name.split(".")
    return ".".join(exp.to_identifier(part).sql(dialect) for part in parts)


def _as_json(found: SqlRun) -> dict[str, Any]:
    line, column = sql_results.place_of(found) if found.problem else (None, None)
    about: dict[str, Any] = {
        "id": found.pk,
        "source": found.source_id,
        "sql": found.sql,
        "parameters": found.parameters,
        "state": found.state,
        "problem": found.problem,
        "line": line,
        "column": column,
        "row_count": found.row_count,
        "took_ms": found.took_ms,
        "result": None,
    }
    if found.state == SqlRun.State.DONE and (table := sqllab.rows_of(found)) is not None:
        about["result"] = sql_results.page(table)
    return about


def _check_may_write(request: HttpRequest) -> None:
    if not workspaces_where(request.user, DEFINE).exists():
        raise NotFound(_("There is nothing here."))


def _source(request: HttpRequest, pk: Any) -> Source:
    try:
        number = int(pk)
    except (TypeError, ValueError) as error:
        raise UserError(_("Choose a source."), field="source") from error
    found = sql_access.askable(request.user).filter(pk=number).first()
    if found is None:
        raise NotFound(_("There is no such source."), field="source")
    return found


def _mine(request: HttpRequest, pk: int) -> SqlRun:
    user: Any = request.user
    mine = SqlRun.objects.filter(user=user, source__in=sql_access.askable(user))
    return get_object_or_404(mine.select_related("source__workspace"), pk=pk)


def _body(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > MOST_BYTES:
        raise UserError(_("This is too long."), field="sql")
    try:
        body = orjson.loads(request.body)
    except ValueError as error:
        raise UserError(_("This is no JSON.")) from error
    if not isinstance(body, dict):
        raise UserError(_("Send an object."))
    return body


def _json(body: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(orjson.dumps(body), content_type="application/json")
    response["Cache-Control"] = "private, no-store"
    return response


def _refused(request: HttpRequest, error: UserError) -> HttpResponse:
    """As problem details, with the place in the text where it is known."""
    place = {"line": error.line, "column": error.column} if isinstance(error, WrongSql) else {}
    code, field = error.code, error.field
    body = problems.problem(request, error.status, error.message, code, field, **place)
    response = HttpResponse(
        orjson.dumps(body), status=error.status, content_type=problems.MEDIA_TYPE
    )
    for name, value in problems.headers_of(error).items():
        response[name] = value
    return response
