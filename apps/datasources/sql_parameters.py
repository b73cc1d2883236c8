"""Parameters of a person's SQL: `{{ name }}` becomes a placeholder of the driver, never text.

A name stands where a value may stand. Before parsing, each is replaced by a word of its own length
(so that places in error messages stay right), and in the tree by the driver's placeholder.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from sqlglot import exp

from apps.core.errors import UserError
from apps.datasources import guard
from apps.datasources.guard import WrongSql

TYPES = ("text", "number", "date", "list")
NAME = re.compile(r"\{\{[ \t]*([A-Za-z]\w{0,62})[ \t]*\}\}", re.ASCII)
MOST = 50
MOST_VALUES = 1000
PLACEHOLDERS = {  # how each connector's driver takes values; "?" where nothing is said
    "postgresql": "numbered",
    "duckdb": "numbered",
    "duckdb_file": "numbered",
    "mysql": "format",
    "clickhouse": "named",
}
CASTS = {str: "text", int: "bigint", float: "double", date: "date", datetime: "timestamp"}
CLICKHOUSE = {str: "String", int: "Int64", float: "Float64", date: "Date", datetime: "DateTime"}
_TOKEN = re.compile("\x00(\\d+)\x00")


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter's value, or for a list its values, in Python's types."""

    type: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a connector runs."""

    sql: str
    parameters: tuple[Any, ...]


def names_of(sql: str) -> list[str]:
    """The parameters of a text, each once, in order."""
    return list(dict.fromkeys(NAME.findall(sql)))


def read_values(sql: str, given: Any) -> dict[str, Value]:
    """{"name": {"type", "value"}} -> the values of those that the text names. Raises UserError."""
    if not isinstance(given, Mapping):
        raise UserError(_("Parameters are an object of names."), field="parameters")
    names = names_of(sql)
    if len(names) > MOST:
        raise WrongSql(_("A statement has at most %(most)d parameters.") % {"most": MOST})
    found = {}
    for name in names:
        item = given.get(name)
        if not isinstance(item, Mapping) or item.get("value") in (None, "", []):
            message = _("“%(name)s” needs a value.") % {"name": name}
            raise UserError(message, field=f"parameters.{name}", code="invalid_parameter")
        found[name] = _read(name, item.get("type", "text"), item["value"])
    return found


def parsed(sql: str, kind: str) -> tuple[exp.Expr, dict[str, str]]:
    """The checked statement, and which words in it stand for which parameters. Raises WrongSql."""
    marked, words = _marked(sql)
    try:
        tree = guard.parsed(marked, kind, words)
    except WrongSql as error:
        message = error.message
        for word, name in words.items():
            message = message.replace(word, f"{{{{ {name} }}}}")
        raise WrongSql(message, error.line, error.column) from error
    for node in tree.find_all(exp.Identifier, exp.Literal):
        for word, name in words.items():
            if word in node.name.lower() and not _stands_for_value(node, word):
                message = _("{{ %(name)s }} stands for a value: not in quotes, nor for a name.")
                raise WrongSql(message % {"name": name}, *_place_of(sql, name))
    return tree, words


def placed(
    tree: exp.Expr,
    words: Mapping[str, str],
    values: Mapping[str, Value],
    kind: str,
    own: Sequence[Any] = (),
) -> Statement:
    """The statement with the driver's placeholders, and its values in their order.

    own: values of $1… that the tree holds already, where placeholders are numbered.
    """
    flat: list[Any] = []
    style = PLACEHOLDERS.get(kind, "qmark")
    for column in list(tree.find_all(exp.Column)):
        name = words.get(column.name.lower())
        if name is None or column.table:
            continue
        nodes = []
        for value in values[name].values:
            nodes.append(_token(len(flat), value, style))
            flat.append(value)
        put(column, nodes, name)
    text = guard.printed(tree, kind)
    if style == "format" and flat:
        text = text.replace("%", "%%")
    order: list[Any] = []

    def placeholder(found: re.Match[str]) -> str:
        order.append(flat[int(found[1])])
        if style == "numbered":
            return f"${len(own) + len(order)}"
        if style == "named":
            return f"{{p{len(order)}:{CLICKHOUSE[type(order[-1])]}}}"
        return "%s" if style == "format" else "?"

    text = _TOKEN.sub(placeholder, text)
    plain = [
        value.isoformat() if kind == "sqlite" and isinstance(value, date) else value
        for value in order
    ]
    return Statement(text, (*own, *plain))


def _token(number: int, value: Any, style: str) -> exp.Expr:
    """A place for the number-th value; a server that guesses types by the place is told."""
    bare = exp.var(f"\x00{number}\x00")
    return exp.cast(bare, CASTS[type(value)]) if style == "numbered" else bare


def put(column: exp.Expr, nodes: list[exp.Expr], name: str) -> None:
    """One value anywhere; several only among others, as in IN (…)."""
    around: Any = column.parent
    is_listed = (
        isinstance(around, exp.In | exp.Array | exp.Tuple) and column.arg_key == "expressions"
    )
    if len(nodes) == 1 or is_listed:
        column.replace(nodes if is_listed else nodes[0])
        return
    message = _("The list {{ %(name)s }} goes into brackets: IN ({{ %(name)s }}).")
    raise WrongSql(message % {"name": name})


def _marked(sql: str) -> tuple[str, dict[str, str]]:
    """Each {{ name }} as a word of the same length that the text does not hold otherwise."""
    prefix = next(p for p in ("zq", "zx", "qz", "xq", "jq", "vq") if p not in sql.lower())
    numbers: dict[str, int] = {}
    words: dict[str, str] = {}

    def word(found: re.Match[str]) -> str:
        number = numbers.setdefault(found[1], len(numbers))
        made = f"{prefix}{number}".ljust(len(found[0]), "_")
        words[made] = found[1]
        return made

    marked = NAME.sub(word, sql)
    if "{{" in marked or "}}" in marked:
        line = marked[: marked.find("{{" if "{{" in marked else "}}")].count("\n") + 1
        message = _("A parameter is written {{ name }}, with letters, digits and underscores.")
        raise WrongSql(message, line)
    return marked, words


def _stands_for_value(node: exp.Expr, word: str) -> bool:
    column = node.parent
    return (
        isinstance(node, exp.Identifier)
        and not node.args.get("quoted")
        and node.name.lower() == word
        and isinstance(column, exp.Column)
        and not column.table
    )


def _place_of(sql: str, name: str) -> tuple[int | None, int | None]:
    for found in NAME.finditer(sql):
        if found[1] == name:
            before = sql[: found.start()]
            return before.count("\n") + 1, len(before) - before.rfind("\n")
    return None, None


def _read(name: str, kind: Any, value: Any) -> Value:
    """One value in its type. Raises UserError on "parameters.<name>"."""
    if kind not in TYPES:
        message = _("A parameter is a text, a number, a date or a list.")
        raise UserError(message, field=f"parameters.{name}", code="invalid_parameter")
    several = value if isinstance(value, list) else [value]
    if kind == "list":
        if isinstance(value, str):
            several = [part.strip() for part in re.split(r"[,\n]", value)]
        several = [each for each in several if each != ""]
    if not 1 <= len(several) <= (MOST_VALUES if kind == "list" else 1):
        message = _("“%(name)s” takes one value; a list takes up to 1,000.") % {"name": name}
        raise UserError(message, field=f"parameters.{name}", code="invalid_parameter")
    try:
        return Value(kind, tuple(_one(kind, each) for each in several))
    except (ValueError, OverflowError) as error:
        message = _("“%(value)s” does not fit “%(name)s”, which is a %(type)s.")
        parts = {"value": str(value)[:40], "name": name, "type": kind}
        field = f"parameters.{name}"
        raise UserError(message % parts, field=field, code="invalid_parameter") from error


def _one(kind: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(kind)
    text = str(value).strip()
    if "\x00" in text or len(text) > 10_000:
        raise ValueError(kind)
    if kind == "date":
        return date.fromisoformat(text) if len(text) == 10 else _moment(text)
    if kind == "number" or (kind == "list" and isinstance(value, int | float)):
        whole = re.fullmatch(r"[+-]?\d{1,18}", text)
        number = int(text) if whole else float(text)
        if number != number or number in (float("inf"), float("-inf")):
            raise ValueError(kind)
        return number
    return str(value)


def _moment(text: str) -> datetime:
    """Without a zone, as the source's own session reads it."""
    return datetime.fromisoformat(text).replace(tzinfo=None)
