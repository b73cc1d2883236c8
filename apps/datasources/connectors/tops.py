"""The largest values of a dimension, then what is asked about those and about the rest."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from apps.datasources.connectors.rows import ordered

Statement = dict[str, Any]


def topped(
    statement: Statement,
    run: Callable[[Statement], pa.Table],
    narrowed: Callable[[Statement, str, Sequence[Any], bool], Statement],
) -> pa.Table:
    """Ask them. narrowed: a statement about rows whose column has one of the values, or none."""
    name, limit = statement["top"]["name"], statement["top"]["limit"]
    best = run(statement["ranking"]).column(name).slice(0, limit).to_pylist()
    main = run(narrowed(statement["main"], name, best, True))
    others = statement["others"]
    if others is None:
        return ordered(main, statement["order"], statement["limit"])
    flag = f"{name}__other"
    rest = run(narrowed(others, name, best, False))
    kept = main.append_column(flag, pa.array([False] * main.num_rows, pa.bool_()))
    added = rest.append_column(flag, pa.array([True] * rest.num_rows, pa.bool_()))
    added = added.append_column(name, pa.nulls(rest.num_rows, main.schema.field(name).type))
    if not rest.column_names or _is_nothing(others, rest):
        added = added.slice(0, 0)
    wanted = statement["columns"]
    table = pa.concat_tables(
        [kept.select(wanted), added.select(wanted)], promote_options="permissive"
    )
    return ordered(table, statement["order"], statement["limit"])


def _is_nothing(others: Statement, rest: pa.Table) -> bool:
    """Whether the one row of an answer without groups tells of no rows at all."""
    is_single = not (others.get("groups") or others.get("keys"))
    return is_single and not any(value for column in rest.columns for value in column.to_pylist())
