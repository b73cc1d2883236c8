"""Rows -> one roll-up, in an engine of its own that reads the one file and nothing else."""

import secrets
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager

import duckdb
import pyarrow.parquet as pq
from django.conf import settings
from django.utils.translation import gettext as _

from apps.datasources.compiler import rolled
from apps.datasources.connectors.base import Limits, Watch
from apps.datasources.connectors.errors import SourceTimeout
from apps.datasources.definition import Definition
from apps.datasources.rollups import kept
from apps.datasources.rollups.shapes import Rollup, Wanted

MEMORY = "768MB"
SPILL = "4GB"
THREADS = 1  # nobody waits for it
TIMEOUT_S = 120
BATCH = 65_536
ROW_GROUP = 16_384


def size_of(shape: Definition, wanted: Wanted) -> int:
    """About how many rows it would have. Raises SourceTimeout and duckdb.Error."""
    with _engine(shape) as engine:
        found = engine.execute(rolled.counting(shape, wanted)).fetchone()
    return int(found[0]) if found else 0


def build(shape: Definition, wanted: Wanted, most: int) -> Rollup | None:
    """Make the file; None if it has more than `most` rows. Nothing is left then, or on an error.

    Raises SourceTimeout, duckdb.Error, and UserError for a column that is not there any more.
    """
    made = rolled.making(shape, wanted)
    name = kept.new_name(shape.relation, secrets.token_hex(6))
    path, count = settings.UPLOADS / name, 0
    half = path.with_suffix(".part")
    try:
        with _engine(shape) as engine:
            found = engine.sql(made.sql, params=list(made.parameters))
            reader = found.to_arrow_reader(BATCH)
            with pq.ParquetWriter(half, reader.schema, compression="zstd") as writer:
                for batch in reader:
                    count += batch.num_rows
                    if count > most:
                        return None
                    writer.write_batch(batch, row_group_size=ROW_GROUP)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    size = path.stat().st_size
    return Rollup(name, wanted, made.parts, made.types, count, size, time.time())


@contextmanager
def _engine(shape: Definition) -> Generator[duckdb.DuckDBPyConnection, None, None]:
    """Locked in, and interrupted when it takes too long."""
    with tempfile.TemporaryDirectory(prefix="sightline-rollup-") as spill:
        engine = duckdb.connect(":memory:")
        watch = Watch(Limits(TIMEOUT_S, 0, 0), engine.interrupt)
        try:
            engine.execute(f"SET memory_limit = '{MEMORY}'")
            engine.execute(f"SET threads = {THREADS}")
            engine.execute("SET TimeZone = 'UTC'")
            engine.execute(f"SET temp_directory = {_text(spill)}")
            engine.execute(f"SET max_temp_directory_size = '{SPILL}'")
            engine.execute(f"SET allowed_paths = [{_text(settings.UPLOADS / shape.relation)}]")
            engine.execute("SET enable_external_access = false")
            engine.execute("SET lock_configuration = true")
            with watch:
                yield engine
        except duckdb.InterruptException as error:
            raise SourceTimeout(_("Making the roll-up took too long.")) from error
        finally:
            engine.close()


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
