"""Installs a lock file into the environment that runs this script: by uv, else by pip.

Usage: python requirements/install.py requirements/base.txt
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
UV = [sys.executable, "-m", "uv", "--quiet", "pip", "install", "--python", sys.executable]


def main(lock: str) -> int:
    """Install everything in `lock`, hashes checked. Returns the exit code."""
    if find_spec("uv") is None:
        bootstrap = [*PIP, "install", "--quiet", "--require-hashes", "-r", str(HERE / "uv.txt")]
        subprocess.run(bootstrap, check=False)
    locked = ["--require-hashes", "-r", lock]
    if subprocess.run([*UV, *locked], env={**os.environ, **index()}, check=False).returncode == 0:
        return 0
    sys.stderr.write("uv could not install the packages; trying pip, which takes minutes.\n")
    code = subprocess.run([*PIP, "install", "--quiet", *locked], check=False).returncode
    if code != 0:
        sys.stderr.write(
            "\nThe packages could not be installed. The lines above say why; most often there is "
            "no way to the package index, or no space left (2 GB are needed).\n"
        )
    return code


def index() -> dict[str, str]:
    """pip's own index, if one is configured, for uv, which does not read pip's settings."""
    listed = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True, check=False)
    found = {}
    for line in listed.stdout.splitlines():
        name, _, value = line.partition("=")
        if name.endswith(".index-url"):
            found["UV_DEFAULT_INDEX"] = value.strip("'\"")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
