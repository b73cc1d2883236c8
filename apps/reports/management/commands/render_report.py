"""The child process of apps/reports/child.py: a job on standard input, a PDF in a file."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from apps.reports import child


class Command(BaseCommand):
    help = "Make one PDF for the job on standard input. Started by the product, not by people."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        job = child.Job(**orjson.loads(sys.stdin.buffer.read()))
        self.stdout.write(orjson.dumps(child.work(job, options["target"])).decode())
        self.stdout.flush()
        os._exit(0)  # V8 may hang in its own clean-up, and nothing of this process is needed
