"""How long a large file takes from the person's disk to its first answer."""

import re
import tempfile
import threading
import time
from html import unescape
from pathlib import Path

import duckdb
import httpx
import numpy as np

from tests.product import Product

ROWS = 1_000_000
START = np.datetime64("2023-01-01T00:00:00", "s")
NAME = "bench-upload"


def csv_file(folder: Path) -> Path:
    """A CSV of ROWS rows, about 70 MB: a time, three texts, three numbers."""
    random = np.random.default_rng(1)
    engine = duckdb.connect()
    engine.register(
        "made",
        {
            "ordered_at": START + np.sort(random.integers(0, 63_000_000, ROWS)),
            "region": random.integers(0, 4, ROWS),
            "product": random.integers(0, 500, ROWS),
            "customer": random.integers(0, 100_000, ROWS),
            "quantity": random.integers(1, 20, ROWS),
            "amount": np.round(random.gamma(2, 30, ROWS), 2),
            "discount": np.round(random.random(ROWS) * 0.3, 3),
        },
    )
    file = folder / "rows.csv"
    engine.execute(
        f"""COPY (SELECT ordered_at, 'Region ' || region AS region,
        'Product ' || product AS product,
        'C' || lpad(customer::VARCHAR, 6, '0') AS customer, quantity, amount, discount FROM made)
        TO '{file}' (HEADER)"""
    )
    return file


def million(product: Product) -> dict[str, float]:
    """Seconds to send and read, to confirm, and to the first answer; peak MiB of the reader.

    bare_s: DuckDB alone, in this process, from the same CSV to the same answer by way of Parquet.
    """
    with tempfile.TemporaryDirectory() as name:
        file = csv_file(Path(name))
        found = {"mib": file.stat().st_size / 1024**2, "bare_s": _bare(file)}
        with _peak(product.pid("web")) as peak:
            found |= _uploaded(product, file)
        return found | {"child_mib": peak.kib / 1024}


def _uploaded(product: Product, file: Path) -> dict[str, float]:
    session = product.session("admin")
    session.timeout = httpx.Timeout(300)
    page = session.get("/data/upload/").text
    workspace = re.search(r'name="workspace"[^>]*value="(\d+)"', page)
    workspace = workspace or re.search(r'<option value="(\d+)"', page)
    fields = {"csrfmiddlewaretoken": _token(page), "workspace": workspace[1] if workspace else ""}
    headers = {"Referer": f"{product.url}/data/upload/"}
    began = time.perf_counter()
    with file.open("rb") as rows:
        files = {"file": (f"{NAME}.csv", rows, "text/csv")}
        draft = session.post("/data/upload/", data=fields, files=files, headers=headers)
    read = time.perf_counter()
    measure = re.search(r'name="(measure-c\d+)"[^>]*aria-label="[^"]*amount"', unescape(draft.text))
    if draft.status_code != 200 or not measure:
        raise SystemExit(f"the upload answered {draft.status_code}")
    fields = {"csrfmiddlewaretoken": _token(draft.text), "into": "new", "name": NAME}
    fields |= {"time_column": "ordered_at", measure[1]: "sum"}
    kept = session.post(draft.url.path, data=fields, headers=headers)
    if kept.status_code != 200 or kept.url.path == draft.url.path:
        raise SystemExit(f"confirming answered {kept.status_code}")
    confirmed = time.perf_counter()
    slug = kept.url.path.strip("/").split("/")[-1]
    headers = {"Authorization": f"Bearer {product.token('admin')}"}
    listed = session.get(f"{product.url}/api/v1/datasets/", headers=headers).json()["results"]
    question = {
        "dataset": next(item["id"] for item in listed if item["slug"] == slug),
        "measures": ["amount"],
        "time": "ordered_at",
        "grain": "day",
        "window": {"from": "2023-01-01T00:00:00Z", "to": "2025-01-01T00:00:00Z"},
    }
    asked = time.perf_counter()
    answer = session.post(f"{product.url}/api/v1/query/", json=question, headers=headers)
    answer.raise_for_status()
    answered = time.perf_counter()
    return {
        "read_s": read - began,
        "confirm_s": confirmed - read,
        "answer_s": answered - asked,
        "all_s": confirmed - began + answered - asked,
    }


def _token(page: str) -> str:
    return page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]


def _bare(file: Path) -> float:
    began = time.perf_counter()
    engine = duckdb.connect()
    kept = file.with_suffix(".parquet")
    engine.execute(
        f"COPY (SELECT * FROM read_csv('{file}') ORDER BY ordered_at) TO '{kept}' "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
    engine.execute(
        f"SELECT date_trunc('day', ordered_at), sum(amount) FROM '{kept}' GROUP BY 1"
    ).fetchall()
    return time.perf_counter() - began


class _peak:  # noqa: N801 reads as a sentence after `with`
    """The most memory that any child of a process took, looked at all the time."""

    kib = 0.0

    def __init__(self, pid: int) -> None:
        self.pid, self.is_over = pid, threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self.is_over.wait(0.02):
            for status in Path("/proc").glob("[0-9]*/status"):
                try:
                    text = status.read_text()
                except OSError:  # it has ended
                    continue
                if f"\nPPid:\t{self.pid}\n" in text and "VmHWM:" in text:
                    self.kib = max(self.kib, float(text.split("VmHWM:")[1].split()[0]))

    def __enter__(self) -> "_peak":
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.is_over.set()
        self.thread.join()
