"""Why a file is not taken, and how much of one is."""

from typing import Any


class Refused(Exception):
    """The file cannot be taken. `code` is one of upload_child.MESSAGES; `values` go into it."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def check_width(columns: int, job: dict[str, Any]) -> None:
    """Refuse a file with too many columns."""
    if columns > job["max_columns"]:
        raise Refused("columns", count=columns, most=job["max_columns"])


def row_limit(columns: int, job: dict[str, Any]) -> int:
    """How many rows of that many columns are taken."""
    return int(min(job["max_rows"], job["max_cells"] // max(columns, 1)))


def check_rows(rows: int, most: int) -> None:
    """Refuse a file with too many rows for its width."""
    if rows > most:
        raise Refused("rows", most=most)
