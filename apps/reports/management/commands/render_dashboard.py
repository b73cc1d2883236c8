"""`manage.py render_dashboard SLUG --as EMAIL --out FILE.pdf`: a dashboard on paper, by hand."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.core.errors import UserError
from apps.dashboards.models import Dashboard
from apps.reports import child
from apps.reports.errors import ReportError
from apps.reports.pdf import PAPERS_MM
from apps.widgets.view import View


class Command(BaseCommand):
    help = "Print a dashboard, as one person sees it, to a PDF file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--as", dest="email", required=True, help="whose rows to print")
        parser.add_argument("--out", type=Path, required=True, help="the file to write")
        parser.add_argument("--from", dest="time_from", default="", help="such as now-7d")
        parser.add_argument("--to", dest="time_to", default="", help="such as now")
        parser.add_argument("--timezone", default="", help="that person's own by default")
        parser.add_argument("--paper", choices=PAPERS_MM, default="A4")
        parser.add_argument("--landscape", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"There is no person with the address {options['email']}.")
        dashboard = Dashboard.objects.visible_to(user).filter(slug=options["slug"]).first()
        if dashboard is None:
            raise CommandError(f"{user.email} sees no dashboard “{options['slug']}”.")
        try:
            view = View(
                options["time_from"] or dashboard.time_from,
                options["time_to"] or dashboard.time_to,
                timezone=options["timezone"] or user.timezone,
            )
            job = child.Job(
                dashboard.pk,
                user.pk,
                view.as_json(),
                paper=options["paper"],
                is_landscape=options["landscape"],
            )
            made = child.make(job)
        except (ReportError, UserError) as error:
            raise CommandError(error.message) from error
        options["out"].write_bytes(made.body)
        self.stdout.write(f"{options['out']}: {made.pages} pages, {len(made.body):,} bytes")
