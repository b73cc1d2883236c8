"""ClickHouse's types: what they are to us, and what Arrow makes of them."""

import ipaddress
import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa

# What an Arrow answer does not tell: these hold times, words of an enumeration or addresses.
UNCLEAR = (pa.types.is_uint32, pa.types.is_int8, pa.types.is_int16, pa.types.is_fixed_size_binary)
WRAPPERS = re.compile(r"^(Nullable|LowCardinality|SimpleAggregateFunction\(\w+,|)\((.*)\)$")
ENUM = re.compile(r"'((?:[^'\\]|\\.)*)' = (-?\d+)")
NUMBERS = re.compile(r"^(U?Int\d+|Float\d+|BFloat16|Decimal.*)$")


def told(table: pa.Table, types: tuple[str, ...]) -> pa.Table:
    """Each column as what it is."""
    for place, field in enumerate(table.schema):
        native = _bare(types[place]) if types else ""
        column = _column(table.column(place).combine_chunks(), native)
        table = table.set_column(place, field.name, column)
    return table


def _column(column: Any, native: str) -> Any:
    kind = column.type
    if native.startswith("DateTime") and pa.types.is_integer(kind):
        return column.cast(pa.int64()).cast(pa.timestamp("s")).cast(pa.timestamp("ms", "UTC"))
    if native.startswith("Enum"):
        words = {int(number): _unescaped(word) for word, number in ENUM.findall(native)}
        return pa.array([words.get(value) for value in column.to_pylist()], pa.string())
    if native == "IPv4" and pa.types.is_integer(kind):
        return _texts(column, lambda value: str(ipaddress.IPv4Address(value)))
    if isinstance(kind, pa.BaseExtensionType):
        return _texts(column, str)
    if pa.types.is_fixed_size_binary(kind):
        if native == "IPv6":
            return _texts(column, lambda value: str(ipaddress.IPv6Address(value)))
        if "Int" in native:
            is_signed = native.startswith("Int")
            numbers = [_whole(value, is_signed) for value in column.to_pylist()]
            return pa.array(numbers, pa.float64())
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _texts(column, lambda value: value.rstrip(b"\0").decode(errors="replace"))
    return _texts(column, str) if pa.types.is_nested(kind) else column


def _whole(value: bytes | None, is_signed: bool) -> float | None:
    return None if value is None else float(int.from_bytes(value, "little", signed=is_signed))


def _texts(column: Any, write: Callable[[Any], str]) -> Any:
    texts = [None if value is None else write(value) for value in column.to_pylist()]
    return pa.array(texts, pa.string())


def _unescaped(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word)


def _bare(native: str) -> str:
    """A type without what only says how it is stored, or that it may be missing."""
    while found := WRAPPERS.match(native):
        native = found[2].strip()
    return native


def type_of(native: str) -> str:
    """Our type for ClickHouse's."""
    plain = _bare(native)
    if plain.startswith("Date"):
        return "time"
    if plain == "Bool":
        return "boolean"
    return "number" if NUMBERS.match(plain) else "text"
