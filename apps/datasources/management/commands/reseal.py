"""`manage.py reseal`: seal every kept secret with the newest FIELD_KEY."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.datasources import resealing


class Command(BaseCommand):
    """Safe to run while everything runs, and as often as you like. Prints no secret."""

    help = "Seal secrets that are under an old FIELD_KEY with the newest one."

    def add_arguments(self, parser: CommandParser) -> None:
        """--check counts and changes nothing."""
        parser.add_argument("--check", action="store_true", help="only count them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Counts; an error at the end if something does not open, which sinks nothing else."""
        is_check = bool(options["check"])
        found = resealing.counted() if is_check else resealing.reseal()
        self.stdout.write(f"Under the newest key already: {found.newest}")
        self.stdout.write(f"{'Under an old key' if is_check else 'Sealed anew'}: {found.old}")
        for name in found.closed:
            self.stdout.write(f"Does not open: {name}")
        if found.closed:
            message = "Set these passwords again, or add the key that they were sealed with to"
            raise CommandError(f"{message} FIELD_KEYS_OLD and run this again.")
