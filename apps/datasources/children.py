"""How a process of ours starts a child that gets no secret, no open file and no terminal."""

import os
import subprocess
import sys
from typing import Any

from django.conf import settings


def start(module: str, *arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
    """`python -m module`, in a session of its own, with an environment that tells nothing.

    What it says of errors is thrown away, for it may hold rows.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stderr=subprocess.DEVNULL,
        cwd=settings.ROOT,
        env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,
        **streams,
    )
