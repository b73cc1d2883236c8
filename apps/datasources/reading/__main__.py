"""One job: as JSON from stdin, its result or refusal as JSON to stdout.

`inspect` turns a file into draft.parquet and says what its columns may be; `keep` turns a draft
into the Parquet file of a dataset.
"""

import json
import resource
import signal
import sys
from typing import Any

import duckdb

from apps.datasources.reading.drafts import inspect
from apps.datasources.reading.keeping import keep
from apps.datasources.reading.refusal import Refused
from apps.datasources.sandbox.confine import WithoutPandas, limit

JOBS = {"inspect": inspect, "keep": keep}


def main() -> None:
    """Do the job."""
    sys.meta_path.insert(0, WithoutPandas())
    job = json.load(sys.stdin)
    confine(job)
    try:
        result = JOBS[job["task"]](job)
    except Refused as refusal:
        result = {"refused": refusal.code, "values": refusal.values}
    except (MemoryError, duckdb.OutOfMemoryException):
        result = {"refused": "too_large", "values": {}}
    json.dump(result, sys.stdout)


def confine(job: dict[str, Any]) -> None:
    """Bound this process; the alarm ends it even where its parent is gone."""
    limit(resource.RLIMIT_AS, job["memory_bytes"])
    limit(resource.RLIMIT_FSIZE, job["disk_bytes"])
    limit(resource.RLIMIT_CORE, 0)
    signal.alarm(int(job["timeout_s"]) + 5)


if __name__ == "__main__":
    main()
