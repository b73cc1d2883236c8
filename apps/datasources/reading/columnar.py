"""Parquet -> a draft of its own types. What it claims is checked, and then what it holds."""

from pathlib import Path
from typing import Any

from apps.datasources.reading.columns import NAME_LENGTH, Taken
from apps.datasources.reading.engine import PASSING, ROW_GROUP
from apps.datasources.reading.refusal import Refused, check_rows, check_width, row_limit


def take_parquet(raw: Path, draft: Path, job: dict[str, Any]) -> Taken:
    """Write the draft."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(raw)
        schema, claimed = file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError):
        raise Refused("broken_parquet") from None
    check_width(len(schema), job)
    most, rows, size = row_limit(len(schema), job), 0, 0
    check_rows(claimed, most)
    for field in schema:
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
            raise Refused("nested", column=field.name[:NAME_LENGTH])
    flat = pa.schema([(f"c{n}", _flat(field.type)) for n, field in enumerate(schema)])
    try:
        with pq.ParquetWriter(draft, flat, compression=PASSING) as writer:
            for batch in file.iter_batches(batch_size=ROW_GROUP):
                rows, size = rows + batch.num_rows, size + batch.nbytes
                check_rows(rows, most)
                if size > job["memory_bytes"]:
                    raise Refused("too_large")
                table = pa.Table.from_batches([batch]).rename_columns(flat.names)
                writer.write_table(table.cast(flat, safe=False))
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise Refused("broken_parquet") from None
    return Taken(list(schema.names), trusts_text=True)


def _flat(kind: Any) -> Any:
    """The plain type of a dictionary or a view; microseconds at most."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz and "UTC")
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return pa.string() if is_text or pa.types.is_null(kind) else kind
