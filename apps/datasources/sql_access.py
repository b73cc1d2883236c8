"""Which rows a person's SQL may read: never more than their charts would show them.

A dataset's policies narrow a question before it is asked; a person's SQL on a foreign source
cannot be narrowed so. Therefore:
- uploaded files are asked through what the compiler makes of each dataset for this person:
  policies inside, hidden columns left out;
- a source of which some dataset is narrowed, partly hidden or closed for this person may be asked
  for the tables of datasets that they see whole, and for nothing else: a list of the forbidden
  would be walked round by views, partitions and statistics;
- our own store of streams is not offered at all: it is our own database.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlglot
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from sqlglot import exp

from apps.accounts.models import User
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import DEFINE
from apps.core.errors import Denied, NotFound
from apps.datasources import guard
from apps.datasources.access import Scope, scope_of
from apps.datasources.compiler import compile_query
from apps.datasources.connectors import CONNECTORS
from apps.datasources.definition import Definition, definition
from apps.datasources.guard import TableName, WrongSql
from apps.datasources.models import Dataset, Source
from apps.datasources.query import Query

METADATA = ("information_schema", "pg_catalog")
MOST_NAMED = 20  # tables in a refusal


@dataclass(frozen=True, slots=True)
class Reach:
    """What a person may read of a source. `tables`: the only ones, lower case; None is all."""

    tables: frozenset[str] | None = None

    def has(self, name: TableName) -> bool:
        """Whether a table, as a statement names it, may be read."""
        if self.tables is None or name.schema.lower() in METADATA:
            return True
        full = f"{name.schema}.{name.name}" if name.schema else name.name
        return full.lower() in self.tables


def askable(user: Visitor) -> QuerySet[Source]:
    """The sources that the user may ask in SQL: those of workspaces where they define data."""
    kinds = [kind for kind in guard.DIALECTS if kind in CONNECTORS]
    mine = Source.objects.filter(workspace__in=workspaces_where(user, DEFINE), kind__in=kinds)
    return mine.select_related("workspace").order_by("workspace__name", "name")


def reach_of(user: User, source: Source) -> Reach:
    """For a source that is not ours."""
    open_: set[str] = set()
    closed: set[str] = set()
    for dataset in Dataset.objects.filter(source=source):
        names = set(_tables_behind(dataset, source.kind))
        (open_ if _sees_whole(user, dataset) else closed).update(names)
    if not closed:
        return Reach()
    bare = {name.rpartition(".")[2] for name in closed}
    return Reach(frozenset(name for name in open_ - closed if "." in name or name not in bare))


def check_reach(user: User, source: Source, tree: exp.Expr) -> None:
    """Raises WrongSql for the first table that the user may not read."""
    reach = reach_of(user, source)
    for table in guard.tables_of(tree):
        name = guard.table_name(table)
        if not reach.has(name):
            raise WrongSql(_closed(sorted(reach.tables or ())), *guard.place_of(table))


def _closed(names: list[str]) -> str:
    """Why a table may not be read, and which may."""
    if not names:
        return _(
            "You see data of this source only in part, so SQL may read none of its tables."
            " Explore shows you your part of it."
        )
    message = _(
        "You see some data of this source only in part, so SQL may read just the tables"
        " that you see whole, by their full names: %(names)s."
    )
    more = [_("%(n)d more") % {"n": len(names) - MOST_NAMED}] if len(names) > MOST_NAMED else []
    return message % {"names": ", ".join([*names[:MOST_NAMED], *more])}


def check_relation(user: User, source: Source, relation: str) -> None:
    """Raises Denied for a relation of which the user sees some dataset only in part: neither its
    rows nor another dataset of it may be had past the policies.
    """
    reach = reach_of(user, source)
    if reach.tables is not None and relation.lower() not in reach.tables:
        message = _(
            "You see some data of this source only in part, so only tables that you see whole are"
            " open to you. An admin can make a dataset of this one."
        )
        raise Denied(message, field="relation")


def uploads_of(user: User, source: Source) -> dict[str, Dataset]:
    """The uploads of a source's workspace that the user may ask, by slug."""
    mine = Dataset.objects.visible_to(user).filter(source=source, kind=Dataset.Kind.UPLOAD)
    return {dataset.slug: dataset for dataset in mine.order_by("slug")}


def seen_definition(user: User, dataset: Dataset) -> tuple[Definition, Scope]:
    """A dataset without what is hidden from the user, and the scope that says so."""
    scope = scope_of(user, dataset.pk)
    return definition(dataset.pk, scope.version), scope


def put_uploads(user: User, source: Source, tree: exp.Expr) -> list[object]:
    """Put in place of each dataset's slug the rows that the user sees of it.

    In place, not as a WITH in front, so that the statement's own WITH keeps its meaning. Returns
    the values of policies, which the tree now holds as $1…; a person's own come after them.
    """
    known = uploads_of(user, source)
    values: list[object] = []
    made: dict[str, exp.Expr] = {}
    for table in guard.tables_of(tree):
        name = guard.table_name(table)
        slug = name.name.lower()
        if name.schema or slug not in known:
            message = _("There is no dataset “%(name)s” here. There are: %(known)s.")
            if not known:
                message = _("There is no dataset “%(name)s” here, nor any other of a file.")
            parts = {"name": name.name[:60], "known": ", ".join(known)}
            raise WrongSql(message % parts, *guard.place_of(table))
        if slug not in made:
            made[slug] = _rows(user, known[slug], values)
        alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name.name, True))
        rows = exp.Subquery(this=made[slug].copy(), alias=alias.copy())
        for part in ("joins", "laterals", "pivots", "sample"):  # what hangs on a table's node
            if found := table.args.get(part):
                rows.set(part, found)
        table.replace(rows)
    return values


def datasets_read(user: User, source: Source, tree: exp.Expr) -> list[Dataset]:
    """The datasets whose tables a checked statement reads."""
    names = {guard.table_name(table) for table in guard.tables_of(tree)}
    if source.kind == Source.Kind.DUCKDB:
        known = uploads_of(user, source)
        return [known[name.name.lower()] for name in names if name.name.lower() in known]
    bare = {name.name.lower() for name in names}
    return [
        dataset
        for dataset in Dataset.objects.filter(source=source)
        if bare & {name.rpartition(".")[2] for name in _tables_behind(dataset, source.kind)}
    ]


def _rows(user: User, dataset: Dataset, values: list[object]) -> exp.Expr:
    """All rows of a dataset as the compiler lets this person see them, without its limit."""
    shape, scope = seen_definition(user, dataset)
    columns = tuple(column.name for column in shape.columns if column.name not in scope.hidden)
    if not columns:
        raise NotFound(_("There is no such dataset."), field="sql")
    compiled = compile_query(
        Query(dataset=dataset.pk, columns=columns), shape, scope.policies, scope.hidden
    )
    tree = sqlglot.parse_one(compiled.sql, dialect="duckdb")
    for part in ("limit", "order"):
        tree.set(part, None)
    for parameter in tree.find_all(exp.Parameter):
        number = int(parameter.name) + len(values)
        parameter.set("this", exp.Literal.number(number))
    values.extend(compiled.parameters)
    return tree


def _sees_whole(user: User, dataset: Dataset) -> bool:
    try:
        scope = scope_of(user, dataset.pk)
    except (Denied, NotFound):
        return False
    return not scope.policies and not scope.hidden


def _tables_behind(dataset: Dataset, kind: str) -> Iterable[str]:
    """The tables of a dataset, lower case, as written in its relation or its SQL."""
    if not dataset.sql:
        return [dataset.relation.lower()]
    try:
        tree = guard.parsed(dataset.sql, kind)
    except WrongSql:  # kept before the guard learnt to refuse it; charts refuse it too
        return []
    names = [guard.table_name(table) for table in guard.tables_of(tree)]
    return [f"{n.schema}.{n.name}".lstrip(".").lower() for n in names]
