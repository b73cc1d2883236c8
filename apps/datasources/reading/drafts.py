"""The job `inspect`: a file becomes a draft."""

from pathlib import Path
from typing import Any

from apps.datasources.reading.columnar import take_parquet
from apps.datasources.reading.columns import Taken, describe
from apps.datasources.reading.delimited import take_table
from apps.datasources.reading.engine import Engine, engine_for
from apps.datasources.reading.kinds import is_json, kind_of, refuse_markup, unpack
from apps.datasources.reading.objects import take_json
from apps.datasources.reading.refusal import Refused
from apps.datasources.reading.text import clean_copy


def inspect(job: dict[str, Any]) -> dict[str, Any]:
    """folder/raw -> folder/draft.parquet, and what is in it.

    Returns {"kind", "found", "rows", "columns": [...], "sample": [[text]]}. job["options"] says
    how to read what was not read rightly: sheet, head, encoding, delimiter, decimals, dates. The
    draft that was there before stays as it is until the new one is complete.
    """
    folder, options = Path(job["folder"]), job.get("options", {})
    draft = folder / "new.parquet"
    engine = engine_for(job)
    kind, file = kind_of(folder / "raw"), folder / "raw"
    if kind == "gzip":
        file = folder / "unpacked"
        unpack(folder / "raw", file)
        kind = kind_of(file)
        if kind == "gzip":
            raise Refused("archive")
    kind, taken = _take(engine, kind, file, draft, job)
    if file.name == "unpacked":
        file.unlink()
    told = describe(engine, draft, taken, options)
    draft.rename(folder / "draft.parquet")
    return {"kind": kind, "found": dict(taken.found), **told}


def _take(
    engine: Engine, kind: str, file: Path, draft: Path, job: dict[str, Any]
) -> tuple[str, Taken]:
    if kind == "parquet":
        return kind, take_parquet(file, draft, job)
    if kind == "workbook":
        from apps.datasources.reading.workbook import take_workbook  # half a second

        return kind, take_workbook(file, draft, job)
    text = draft.with_name("text")
    first, encoding = clean_copy(file, text, job.get("options", {}).get("encoding", ""))
    refuse_markup(first)
    if is_json(first):
        kind, taken = "json", take_json(engine, text, draft, job, first)
    else:
        kind, taken = "table", take_table(engine, text, draft, job, first)
        taken.found["encoding"] = encoding  # type: ignore[index]
    text.unlink()
    return kind, taken
