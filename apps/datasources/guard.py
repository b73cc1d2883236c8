"""What a person's SQL may be: one statement that reads, of known parts, and nothing else.

`checked_sql` gives back what was understood, printed anew by sqlglot, and only that is ever run: a
text that a server would read otherwise than we do (comments that it executes, quoting of its own)
never reaches it. The source's own read-only session and its role's rights stand behind this.
"""

import logging
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import category

import sqlglot
from django.utils.translation import gettext as _
from sqlglot import exp
from sqlglot.errors import SqlglotError

from apps.core.errors import UserError
from apps.datasources.guard_functions import REFUSED_NODES, is_allowed

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it would log the statements of people

DIALECTS = {  # kind of source -> sqlglot's name of its SQL
    "duckdb": "duckdb",
    "postgresql": "postgres",
    "mysql": "mysql",
    "clickhouse": "clickhouse",
    "trino": "trino",
    "sqlite": "sqlite",
    "duckdb_file": "duckdb",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "databricks": "databricks",
}
MOST_CHARACTERS = 50_000
DEEPEST = 40  # brackets in brackets; the parser goes one call deeper with each
PARTS = """
    Alias Aliases AtTimeZone CTE CharacterSet Cluster ColumnDef Comprehension Cube DataType
    DataTypeParam Distinct Distribute Except Fetch Filter Final FormatJson From FromTimeZone
    Group GroupingSets Having HavingMax HistoricalData Identifier IgnoreNulls IndexTableHint
    Intersect Interval IntervalSpan Introducer JSON JSONColumnDef JSONExtractQuote JSONKeyValue
    JSONPath JSONSchema JSONValue Join Lambda Lateral Limit LimitOptions MatchRecognize
    MatchRecognizeMeasure National Offset OnCondition OpenJSONColumnDef Order Ordered
    OverflowTruncateBehavior Pivot PivotAlias PivotAny PositionalColumn PreWhere PseudoType
    Qualify RecursiveWithSearch Reference RespectNulls Rollup Select Slice Sort Star Subquery
    Table TableAlias TableSample Tuple Union UnpivotColumns Values Var Variadic Version Where
    WindowSpec With WithFill WithinGroup XMLNamespace
"""  # beside conditions and functions; what is missing here is refused
ALLOWED = (exp.Condition, exp.JSONPathPart, *(getattr(exp, name) for name in PARTS.split()))
REFUSED = (exp.Placeholder, exp.Parameter, exp.SessionParameter)  # conditions to sqlglot
CLAUSES = {  # of a SELECT, with their words
    "into": "INTO",
    "locks": "FOR UPDATE",
    "hint": "/*+ … */",
    "settings": "SETTINGS",
    "format": "FORMAT",
    "options": "OPTION",
    "for_": "FOR",
    "operation_modifiers": "SQL_…",
}
COLUMN_CHECKS = (exp.ColumnConstraint, exp.Property)
# "x IN t" reads the table t there, with no FROM to be seen
IN_READS_TABLES = ("clickhouse", "sqlite")
CATALOGS = {  # what may be read of a schema whose other tables tell secrets or other people's data
    "pg_catalog": "pg_class pg_namespace pg_attribute pg_type pg_tables pg_views pg_matviews"
    " pg_enum pg_indexes pg_index pg_constraint pg_description pg_timezone_names"
    " pg_stat_user_tables",
    "system": "tables columns databases one numbers functions time_zones",
    "mysql": "",
    "sys": "",
    "performance_schema": "",
    "pg_toast": "",
    "snowflake": "",
    "account_usage": "",
}
SECRET_TABLES = re.compile(
    r"^(user_mapping_options|foreign_server_options|_pg_.*|jobs.*|processlist|sqlite_dbpage"
    r"|duckdb_.*|pragma_.*|dbstat|stl_.*|stv_.*)$"
)
# they run in this process, whose memory is everybody's
OWN_ENGINES = ("duckdb", "sqlite")
SWELLING = ("printf", "format", "zeroblob", "randomblob", "repeat_row")
# there a name that looks like a file is one
FILES_ARE_TABLES = ("duckdb", "databricks", "clickhouse", "snowflake")
FILE_NAME = re.compile(r"[/\\:*?]|\.(csv|tsv|txt|parquet|json|jsonl|ndjson|xlsx?|gz|zst|db)$", re.I)
FILE_FORMATS = {"csv", "json", "parquet", "text", "orc", "avro", "delta", "binaryfile"}


class WrongSql(UserError):
    """SQL that may not run. `line` and `column`, from 1, say where, if that is known."""

    code = "invalid_sql"

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message, field="sql")
        self.line, self.column = line, column


@dataclass(frozen=True, slots=True)
class TableName:
    """A table as a statement names it; `schema` is empty where it names none."""

    schema: str
    name: str


def checked_sql(sql: str, kind: str) -> str:
    """The one reading statement of `sql`, printed anew. Raises UserError on the field "sql".

    kind: of the source, whose dialect it is. What comes out passes again, unchanged.
    """
    return _checked(sql, kind)


@lru_cache(maxsize=512)
def _checked(sql: str, kind: str) -> str:
    """What is printed must be read as the same again, or one of the two was misunderstood."""
    try:
        text = printed(parsed(sql, kind), kind)
        if text == sql or printed(parsed(text, kind), kind) == text:
            return text
    except RecursionError:
        pass
    raise WrongSql(_("This SQL cannot be understood. Write it in a simpler way."))


def printed(tree: exp.Expr, kind: str) -> str:
    """A checked statement as text, without comments."""
    text: str = tree.sql(DIALECTS[kind], comments=False)
    return text


def parsed(sql: str, kind: str, values: Collection[str] = ()) -> exp.Expr:
    """The checked statement as a tree; `values`: names that stand for values. Raises WrongSql."""
    dialect = DIALECTS.get(kind)
    if dialect is None:
        raise WrongSql(_("Sources of this kind are not asked in SQL."))
    tree = _statement(sql, dialect)
    for node in tree.walk():
        _check(node, dialect, values)
    return tree


def tables_of(tree: exp.Expr) -> list[exp.Expr]:
    """The nodes that read a real table: not a name that a WITH around them has given."""
    return [
        table
        for table in tree.find_all(exp.Table)
        if not isinstance(table.this, exp.Func) and not _is_named_by_with(table)
    ]


def table_name(table: exp.Expr) -> TableName:
    """The name of one of tables_of()."""
    return TableName(table.text("db"), table.name)


def _statement(sql: str, dialect: str) -> exp.Expr:
    """The one statement there is, as a tree; nothing of it has been looked at yet."""
    _check_text(sql)
    try:
        found = [each for each in sqlglot.parse(sql, dialect=dialect) if each is not None]
    except SqlglotError as error:
        raise _unreadable(error, sql) from error
    except (RecursionError, ValueError, IndexError, AttributeError, TypeError) as error:
        raise WrongSql(_("This SQL cannot be understood. Write it in a simpler way.")) from error
    found = [each for each in found if not isinstance(each, exp.Semicolon)]
    if not found:
        raise WrongSql(_("Write a SELECT statement."))
    if len(found) > 1:
        raise WrongSql(_("Run one statement at a time: select it, or take the others out."))
    (tree,) = found
    if not isinstance(tree, exp.Query | exp.Values):
        raise WrongSql(_("Only statements that read are allowed: SELECT, WITH or VALUES."))
    if len(list(tree.walk())) > MOST_CHARACTERS:
        raise WrongSql(_("This SQL is too long."))
    return tree


def _check_text(sql: str) -> None:
    """What needs no parser to be refused."""
    if not sql.strip():
        raise WrongSql(_("Write a SELECT statement."))
    if len(sql) > MOST_CHARACTERS:
        message = _("A statement has at most %(most)d characters.")
        raise WrongSql(message % {"most": MOST_CHARACTERS})
    if any(category(letter) in ("Cc", "Cs") and letter not in "\t\n\r" for letter in sql):
        raise WrongSql(_("There is an invisible control character in this SQL. Take it out."))
    if re.search(r"/\*m?!", sql, re.I):
        raise WrongSql(_("Comments that a server executes (/*! … */) are not allowed."))
    depth = 0
    for letter in sql:
        depth += (letter in "([{") - (letter in ")]}")
        if depth > DEEPEST:
            raise WrongSql(_("There are too many brackets in brackets. Use WITH for the parts."))


def _check(node: exp.Expr, dialect: str, values: Collection[str]) -> None:
    """Refuse a node that is no reading. Its children are looked at by themselves."""
    if isinstance(node, exp.Func):
        return _check_function(node, dialect)
    if isinstance(node, REFUSED):
        message = _("Write parameters as {{ name }}; other variables are not allowed.")
        raise WrongSql(message, *place_of(node))
    if isinstance(node, COLUMN_CHECKS) or not isinstance(node, ALLOWED):
        raise WrongSql(_refused(node), *place_of(node))
    for clause, words in CLAUSES.items():
        if node.args.get(clause):
            message = _("%(clause)s is not allowed: statements may only read.")
            raise WrongSql(message % {"clause": words})
    if isinstance(node, exp.Table):
        _check_table(node, dialect)
    elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        if node.this.name.lower() != "pg_catalog":
            raise WrongSql(_("Call functions by their name alone."), *place_of(node))
    elif isinstance(node, exp.In) and dialect in IN_READS_TABLES and _is_in_table(node, values):
        raise WrongSql(_("Write IN (SELECT … FROM …) or IN (…)."), *place_of(node))
    elif isinstance(node, exp.CTE) and not isinstance(node.this, exp.Query | exp.Values):
        if dialect != "clickhouse":  # which names values so, too
            raise WrongSql(_("A WITH holds SELECT statements."), *place_of(node))
    elif isinstance(node, exp.Aliases) and not isinstance(node.this, exp.Func):
        raise WrongSql(_refused(node), *place_of(node))
    elif dialect == "snowflake" and isinstance(node, exp.Column) and node.name.lower() == "nextval":
        raise WrongSql(_("Sequences may not be moved on."), *place_of(node))
    return None


def _is_in_table(node: exp.Expr, values: Collection[str]) -> bool:
    """IN beside a bare name, which ClickHouse takes for a table in brackets too."""
    right = [node.args.get("field"), *node.expressions]
    return len(node.expressions) < 2 and any(
        isinstance(each.unnest(), exp.Column) and each.name.lower() not in values
        for each in right
        if each is not None
    )


def _check_function(node: exp.Func, dialect: str) -> None:
    name = node.name if isinstance(node, exp.Anonymous) else type(node).sql_name()
    known = not isinstance(node, exp.Anonymous) and type(node) not in REFUSED_NODES
    if not known and not is_allowed(name, dialect):
        message = _("The function “%(name)s” is not on the list of those that only compute.")
        raise WrongSql(message % {"name": name[:60]}, *place_of(node))
    if dialect in OWN_ENGINES and _swells(node, name):
        message = _("“%(name)s” could make texts of any size, and is not allowed here.")
        raise WrongSql(message % {"name": name[:60].lower()}, *place_of(node))


def _swells(node: exp.Func, name: str) -> bool:
    """Whether a function may make far more of a value than there is, past every memory limit."""
    if isinstance(node, exp.Pad):
        length = node.expression
        is_short = isinstance(length, exp.Literal) and length.name.isdecimal()
        return not (is_short and len(length.name) < 4)
    return isinstance(node, exp.Repeat) or name.lower() in SWELLING


def _check_table(table: exp.Expr, dialect: str) -> None:
    """No files, no other people's queries and passwords."""
    if isinstance(table.this, exp.Func):
        return
    if not isinstance(table.this, exp.Identifier | exp.Dot):
        raise WrongSql(_("This cannot be read from."), *place_of(table))
    parts = [part.name.lower() for part in table.find_all(exp.Identifier)]
    name, schemas = table.name.lower(), {table.text("db").lower(), table.text("catalog").lower()}
    schema, _dot, name = name.rpartition(".")  # BigQuery's information schema is one identifier
    schemas.add(schema)
    is_file = dialect in FILES_ARE_TABLES and any(FILE_NAME.search(part) for part in parts)
    if is_file or (dialect == "databricks" and schemas & FILE_FORMATS):
        raise WrongSql(_("Files cannot be read, only tables."), *place_of(table))
    if dialect == "postgres" and name.startswith("pg_") and not schemas - {""}:
        schemas = {"pg_catalog"}
    closed = [schema for schema in schemas if schema in CATALOGS]
    is_secret = any(name not in CATALOGS[schema].split() for schema in closed)
    is_inside = any(
        schema.startswith(("_timescaledb", "pg_temp", "pg_toast")) for schema in schemas
    )
    if is_secret or is_inside or SECRET_TABLES.match(name):
        message = _("The system table “%(name)s” may not be read.")
        raise WrongSql(message % {"name": table.name[:60]}, *place_of(table))


def _is_named_by_with(table: exp.Expr) -> bool:
    """Whether a WITH that holds for this place names it, so that no table is meant."""
    name = table.name.lower()
    if table.args.get("db"):
        return False
    return any(
        cte.alias.lower() == name and isinstance(cte.this, exp.Query | exp.Values)
        for cte in _ctes_before(table)
    )


def _ctes_before(node: exp.Expr) -> Iterator[exp.Expr]:
    """Those of each query around a node; inside a WITH, the earlier, and itself if RECURSIVE.

    ClickHouse also names values by WITH, which are no tables.
    """
    below: exp.Expr = node
    around: exp.Expr | None = node.parent
    inner: exp.Expr | None = None  # the CTE that holds the node, in the WITH above it
    while around is not None:
        if isinstance(around, exp.With):
            earlier = around.expressions
            if any(each is inner for each in earlier):
                until = [each is inner for each in earlier].index(True)
                earlier = earlier[: until + bool(around.args.get("recursive"))]
            yield from earlier
        elif (own := around.args.get("with_")) is not None and own is not below:
            yield from own.expressions
        inner = around if isinstance(around, exp.CTE) else inner
        below, around = around, around.parent


def _refused(node: exp.Expr) -> str:
    if isinstance(node, exp.DML | exp.DDL | exp.Command):
        return _("Only reading is allowed: this statement would change something.")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).upper()
    return _("“%(words)s” is not allowed here: statements may only read.") % {"words": words}


def place_of(node: exp.Expr) -> tuple[int | None, int | None]:
    """Line and column of the first token that sqlglot remembers for a node."""
    for each in node.walk():
        if "line" in each.meta:
            start, end = each.meta["start"], each.meta["end"]
            return each.meta["line"], each.meta["col"] - (end - start)
    return None, None


def _unreadable(error: SqlglotError, sql: str) -> WrongSql:
    """What the parser stumbled over, in words that leave its own out."""
    details = getattr(error, "errors", None) or [{}]
    line, last, token = (details[0].get(key) for key in ("line", "col", "highlight"))
    if not line or not token:
        quote = _("A quote or a bracket is not closed, or a character does not belong here.")
        return WrongSql(quote, sql.count("\n") + 1)
    token = str(token)
    message = _("“%(token)s” is not expected here.") % {"token": token[:40]}
    return WrongSql(message, int(line), max(1, int(last) - len(token) + 1))
