"""Run every measurement on one freshly started product and print the figures."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import frames, pages, queries, uploads
from tests.product import Product, running


def line(what: str, value: str, beside: str = "") -> None:
    """One row of the table."""
    sys.stdout.write(f"  {what:<54} {value:>16}   {beside}\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table; nothing is asserted, since a timing is no test."""
    for module in ("data", "rollups", "pictures"):  # each on servers of its own
        subprocess.run([sys.executable, "-m", f"tests.bench.{module}"], check=True)
    # needs a TimescaleDB, or npm's package; the rest is measured without it
    subprocess.run([sys.executable, "-m", "tests.bench.continuous"], check=False)
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        Path(folder).chmod(0o711)
        var = Path(folder) / "var"
        with running(feeder=False, var=var) as product:
            line("first start, to ready", f"{product.started_in_s:.1f} s")
            line("first start, to a chart in the browser", f"{pages.first_chart(product):.1f} s")
            measure(product)
            for what, value in frames.measured(product, frames.SOAK_S):
                line(what, value)
        with running(feeder=False, var=var) as product:
            line("second start, to ready", f"{product.started_in_s:.1f} s", "goal 10 s")


def measure(product: Product) -> None:
    """What costs time and bytes once it runs."""
    time.sleep(45)  # the first forecasts and pictures are made; then nothing else runs
    asked = queries.http(product)
    ratio = asked["product_cpu_ms"] / asked["bare_cpu_ms"]
    line(
        f"cached query over HTTP, {asked['bytes'] / 1024:.0f} KiB",
        f"{asked['product_cpu_ms']:.2f} ms CPU",
        f"goal 2 ms; bare {asked['bare_cpu_ms']:.2f} ms: {ratio:.1f} times",
    )
    line("", f"{asked['product_per_s']:.0f} /s", f"bare {asked['bare_per_s']:.0f} /s")
    socket = queries.over_socket(product)
    ratio = socket["socket_cpu_ms"] / socket["socket_bare_cpu_ms"]
    line(
        f"kept card over the socket, {socket['socket_bytes'] / 1024:.0f} KiB",
        f"{socket['socket_cpu_ms']:.2f} ms CPU",
        f"bare {socket['socket_bare_cpu_ms']:.2f} ms: {ratio:.1f} times",
    )
    sent = uploads.million(product)
    line(
        "upload of 1,000,000 rows: read, confirm, first answer",
        f"{sent['all_s']:.1f} s",
        f"{sent['read_s']:.1f} + {sent['confirm_s']:.1f} + {sent['answer_s']:.2f} s; "
        f"DuckDB alone {sent['bare_s']:.1f} s",
    )
    line(f"its reader's memory, of {sent['mib']:.0f} MiB", f"{sent['child_mib']:.0f} MiB")
    live = pages.ingest_to_browser(product)
    line("ingest to browser, p50", f"{live['p50_ms']:.0f} ms")
    line("ingest to browser, p95", f"{live['p95_ms']:.0f} ms", "goal 50 ms")
    cold = pages.cold_load(product)
    line(f"cold dashboard, {cold['cards']:.0f} cards drawn", f"{cold['drawn_ms']:.0f} ms")
    line("largest contentful paint", f"{cold['lcp_ms']:.0f} ms")
    line("layout shift", f"{cold['layout_shift']:.3f}")
    line("requests", f"{cold['requests']:.0f}")
    line("transferred", f"{cold['kib']:.0f} KiB", f"JavaScript {cold['js_kib']:.0f} KiB")


if __name__ == "__main__":
    main()
