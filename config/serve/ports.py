"""Finds a TCP port on 127.0.0.1 that nobody listens on."""

import socket
from collections.abc import Container

from .problems import CannotStart

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """True when a server could listen on the port now."""
    with socket.socket() as probe:
        # A port left in TIME_WAIT by our last run is free; one with a listener is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            # Where SO_REUSEADDR lets a second bind through, only listen() tells.
            probe.listen(1)
        except OSError:
            return False
    return True


def next_free(wanted: int, tries: int = 100, taken: Container[int] = ()) -> int:
    """The wanted port, or the next free one above it.

    taken: ports promised to others that do not listen yet.
    Raises CannotStart when all `tries` ports are busy.
    """
    for port in range(wanted, min(wanted + tries, 65536)):
        if port not in taken and is_free(port):
            return port
    raise CannotStart(
        f"Every port from {wanted} to {wanted + tries - 1} on {HOST} is taken.",
        "Stop the programs that hold them, or name another with PORT=<number> make run.",
    )


def any_free() -> int:
    """A free port chosen by the system, for throw-away servers."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
