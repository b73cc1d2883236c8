"""The child: `python -m apps.datasources.sandbox HOW`, with the control line as its input.

Its main thread hears of new lines and of questions to interrupt, and ends the process when the
other side is gone. Each line has a thread of its own.
"""

import json
import os
import socket
import sys
import threading
from typing import Any

from apps.datasources.sandbox.confine import WithoutPandas, confine


def main() -> None:
    """Confine this process, then serve. Engines start threads, so they are loaded in between."""
    how = json.loads(sys.argv[1])
    confine(how["process_bytes"], how["parent"])
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # the others reserve a gigabyte at once
    sys.meta_path.insert(0, WithoutPandas())
    serve(how)
    os._exit(0)  # without waiting for what still runs


def serve(how: dict[str, Any]) -> None:
    """Until the other side is gone."""
    from apps.datasources.sandbox import wire
    from apps.datasources.sandbox.lines import Line

    control = socket.socket(fileno=os.dup(0))
    lines: dict[int, Line] = {}
    while order := wire.order(control):
        what, name, number, fds = order
        if what == wire.OPEN:
            peer = socket.socket(fileno=fds[0])
            lines[name] = Line(peer, how["engine_bytes"], how["threads"])
            threading.Thread(target=lines[name].serve, daemon=True).start()
        elif what == wire.CLOSE:
            lines.pop(name, None)
        elif name in lines:
            lines[name].interrupt(number)


if __name__ == "__main__":
    main()
