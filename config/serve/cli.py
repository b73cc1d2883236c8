"""The commands that must work before any setting is there: serve, reset, doctor."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import doctor
from .home import OURS, Home
from .problems import CannotStart
from .supervisor import WEB_PORT, Options, serve

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str]) -> int:
    """Run one command. Returns the exit code; a problem is one line, never a traceback."""
    options = _parser().parse_args(arguments)
    var = Path(os.environ.get("SIGHTLINE_VAR") or ROOT / "var").absolute()
    try:
        if options.command == "serve":
            serve(Options(ROOT, var, options.port, options.demo, options.feeder))
        elif options.command == "reset":
            return reset(Home(var), sure=options.yes)
        else:
            return doctor.report(ROOT, var)
    except CannotStart as problem:
        return _say(problem)
    except OSError as error:  # a full disk, a folder that vanished
        return _say(CannotStart(f"{error}.", "Remove the cause and start again; nothing is lost."))
    return 0


def _say(problem: CannotStart) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"\nsightline: {problem.cause}\n           {problem.remedy}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="manage.py")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("serve", help="start everything and watch it")
    one.add_argument("--port", type=int, default=WEB_PORT, help="the web port; PORT wins over it")
    one.add_argument("--no-demo", dest="demo", action="store_false", help="no demo data, no feeder")
    one.add_argument("--no-feeder", dest="feeder", action="store_false", help="demo, but no feeder")
    one = commands.add_parser("reset", help="delete the data in var/, after asking")
    one.add_argument("--yes", action="store_true", help="do not ask")
    commands.add_parser("doctor", help="say what is here and what is missing")
    return parser


def reset(home: Home, *, sure: bool) -> int:
    """Delete everything in var/ after a yes; refuses while the product runs."""
    if not any((home.var / name).exists() for name in OURS):
        sys.stdout.write(f"Nothing to remove in {home.var}.\n")
        return 0
    home.prepare()
    with home.lock():
        if not sure and not _agreed(home.var):
            sys.stdout.write("Nothing was removed.\n")
            return 1
        home.end_orphans()
        left = home.remove()
    for path in left:
        sys.stdout.write(f"Left alone, not made by Sightline: {path}\n")
    sys.stdout.write("Removed. `make run` starts over.\n")
    return 0


def _agreed(var: Path) -> bool:
    sys.stdout.write(f"Delete every dashboard, event and upload in {var}? Type yes: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() == "yes"
