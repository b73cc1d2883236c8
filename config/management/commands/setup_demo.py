"""manage.py setup_demo: the demo workspace, made once; a half-made one is completed."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Make the demo workspace from installed data packages. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        from config.demo import build

        build.everything()
        self.stdout.write("The demo workspace is ready.")
