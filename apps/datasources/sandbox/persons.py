"""A person's SQL on uploaded files: an engine of its own for each run, thrown away afterwards.

Charts share one engine; a statement that sorts a million rows ten times over must take neither its
memory nor its threads. Locked like that one: it reads the upload folder alone.
"""

import duckdb
import pyarrow as pa

from apps.datasources.connectors.arrow import normal
from apps.datasources.sandbox import uploads
from apps.datasources.sandbox.duckdb_file import first
from apps.datasources.sandbox.question import Question

MEMORY_BYTES = 512_000_000


def ask(question: Question) -> pa.Table:
    """The rows of one statement that a person wrote."""
    engine = duckdb.connect(":memory:")
    try:
        uploads.locked(
            engine,
            question.path,
            memory_limit=f"{MEMORY_BYTES}B",
            threads=1,
            disabled_optimizers=uploads.DISTRUSTED,
        )
        uploads.selecting(engine, question.sql)
        with question.stopped_by(engine.interrupt):
            answer = engine.sql(question.sql, params=question.parameters)
            return normal(first(answer, question.limits))
    except Exception as error:
        raise uploads.refusal(error) from error
    finally:
        engine.close()
