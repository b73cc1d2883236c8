"""What the child of a process does without: memory past its limit, files, network, rights, parent.

Whatever the system grants without being root; what it does not know is left out. Called first of
all, while there is one thread.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

NETWORK, USER = 0x40000000, 0x10000000  # CLONE_NEWNET, CLONE_NEWUSER
SET_PARENT_DEATH_SIGNAL, SET_DUMPABLE, SET_NO_NEW_PRIVILEGES = 1, 4, 38
FILES = 256


def confine(memory_bytes: int, parent: int) -> None:
    """Take it all away. Ends this process if `parent` is gone already."""
    limit(resource.RLIMIT_DATA, memory_bytes)
    limit(resource.RLIMIT_FSIZE, 0)  # nothing is written, not even to spill
    limit(resource.RLIMIT_NOFILE, FILES)
    limit(resource.RLIMIT_CORE, 0)  # a dump would hold rows
    withdraw()
    if sys.platform == "linux":
        _call("prctl", SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def withdraw() -> None:
    """Leave the network and the hope of more rights, close one's memory, and be the first to go."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):  # should memory be short, this is what is ended
        Path("/proc/self/oom_score_adj").write_text("1000")
    without_network()
    _call("prctl", SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _call("prctl", SET_DUMPABLE, 0, 0, 0, 0)  # others of this user look into no memory of it


def limit(which: int, most: int) -> None:
    """A limit that cannot be raised again, or the lower one that holds already."""
    _soft, hard = resource.getrlimit(which)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (least, least))


def without_network() -> bool:
    """Leave for a network of one's own, which has nothing in it. Whether the system let us."""
    return _call("unshare", NETWORK) or _call("unshare", USER | NETWORK)


class WithoutPandas(MetaPathFinder):
    """Keeps pyarrow from loading pandas, for a second, to see whether a list is one of its own."""

    def find_spec(self, name: str, *_more: object) -> None:
        """Refuse pandas, and leave the rest to the others."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _call(name: str, *numbers: int) -> bool:
    function = getattr(ctypes.CDLL(None), name)
    return bool(function(*(ctypes.c_ulong(number) for number in numbers)) == 0)
