"""One job: as JSON from stdin, its result or refusal as JSON to stdout.

`inspect` turns a file into draft.parquet and says what its columns may be; `keep` turns a draft
into the Parquet file of a dataset.
"""

import json
import resource
import signal
import sys
from importlib.abc import MetaPathFinder
from typing import Any

import duckdb

from apps.datasources.reading.drafts import inspect
from apps.datasources.reading.keeping import keep
from apps.datasources.reading.refusal import Refused

JOBS = {"inspect": inspect, "keep": keep}


def main() -> None:
    """Do the job."""
    sys.meta_path.insert(0, WithoutPandas())
    job = json.load(sys.stdin)
    limit(job)
    try:
        result = JOBS[job["task"]](job)
    except Refused as refusal:
        result = {"refused": refusal.code, "values": refusal.values}
    except (MemoryError, duckdb.OutOfMemoryException):
        result = {"refused": "too_large", "values": {}}
    json.dump(result, sys.stdout)


class WithoutPandas(MetaPathFinder):
    """Keeps pyarrow from loading pandas, for a second, to see whether a list is one of its own."""

    def find_spec(self, name: str, *_more: object) -> None:
        """Refuse pandas, and leave the rest to the others."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def limit(job: dict[str, Any]) -> None:
    """Bound this process; the alarm ends it even where its parent is gone."""
    resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (job["disk_bytes"], job["disk_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(int(job["timeout_s"]) + 5)


if __name__ == "__main__":
    main()
