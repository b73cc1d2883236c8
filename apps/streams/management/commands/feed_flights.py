"""manage.py feed_flights: replays departures into the demo's stream, over the public API."""

import json
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.streams import demo
from apps.streams.replay import departures
from apps.streams.sender import Refused, Sender

SPEED = 600.0  # seconds of 2013 in one of ours: ten minutes
LONGEST_GAP_S = 0.6  # a night of 2013 is no silence of ours
TICK_S = 0.25


class Command(BaseCommand):
    help = "Replay the flights of 2013 into the stream “departures”, in accelerated time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default=settings.BASE_URL, help="where the product answers")
        parser.add_argument("--stream", default=demo.SLUG)
        parser.add_argument("--speed", type=float, default=SPEED)

    def handle(self, *args: Any, url: str, stream: str, speed: float, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_signal: stop.set())
        account = _account()
        sender = Sender(url, stream, account["email"], account["password"], stop)
        try:
            for rows in batches(departures(datetime.now(UTC)), speed, stop):
                sender.send([{**row, demo.TIME: _now()} for row in rows])
        except Refused as error:
            raise CommandError(f"The API refuses the flights: {error}") from error
        finally:
            sender.close()


def batches(
    source: Iterator[tuple[float, dict[str, Any]]], speed: float, stop: threading.Event
) -> Iterator[list[dict[str, Any]]]:
    """What takes off in each tick of ours, until `stop`; ticks without a flight are left out.

    After a wait of any length it goes on where it was, and does not rush.
    """
    gap_s, row = next(source)
    left_s = min(gap_s / speed, LONGEST_GAP_S)
    while not stop.is_set():
        began, rows = time.monotonic(), []
        left_s -= TICK_S
        while left_s <= 0:
            rows.append(row)
            gap_s, row = next(source)
            left_s += min(gap_s / speed, LONGEST_GAP_S)
        if rows:
            yield rows
        stop.wait(max(0.0, TICK_S - (time.monotonic() - began)))


def _account() -> dict[str, str]:
    path = settings.VAR / "demo.json"
    try:
        account: dict[str, str] = json.loads(path.read_text())["feeder"]
        return {"email": account["email"], "password": account["password"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"There is no feeder's account in {path}. Run `manage.py setup_demo` first."
        raise CommandError(message) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
