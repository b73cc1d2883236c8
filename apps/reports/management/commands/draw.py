"""`manage.py draw SLUG|NUMBER --as EMAIL --out FILE`: a dashboard or a card, by hand."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from apps.accounts.models import User
from apps.core.errors import UserError
from apps.dashboards.models import Dashboard
from apps.dashboards.queries import widgets_seen
from apps.reports import pictures
from apps.reports.pdf import PAPERS_MM
from apps.widgets.look import THEMES, Look
from apps.widgets.models import Widget
from apps.widgets.view import View


class Command(BaseCommand):
    help = "Draw a dashboard (by its address) or a card (by its number), as one person sees it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", help="a dashboard's slug, or a widget's number")
        parser.add_argument("--as", dest="email", required=True, help="whose rows to draw")
        parser.add_argument(
            "--out", type=Path, required=True, help="FILE.svg, FILE.png or FILE.pdf"
        )
        parser.add_argument("--from", dest="time_from", default="", help="such as now-7d")
        parser.add_argument("--to", dest="time_to", default="", help="such as now")
        parser.add_argument("--timezone", default="", help="that person's own by default")
        parser.add_argument("--compare", default="", help="previous or year")
        parser.add_argument("--filter", action="append", default=[], metavar="COLUMN=VALUE")
        parser.add_argument("--theme", choices=THEMES, default="light")
        parser.add_argument("--width", default="", help="CSS pixels")
        parser.add_argument("--height", default="", help="CSS pixels")
        parser.add_argument("--scale", default="", help="pixels of a PNG for each CSS pixel")
        parser.add_argument("--no-title", action="store_true")
        parser.add_argument("--language", default="", help="of figures and dates, such as de")
        parser.add_argument("--paper", choices=[*PAPERS_MM, pictures.OWN], default="")
        parser.add_argument("--landscape", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        form = options["out"].suffix.removeprefix(".").lower()
        if form not in pictures.MEDIA:
            raise CommandError(f"The file ends in one of {', '.join(pictures.MEDIA)}.")
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"There is no person with the address {options['email']}.")
        thing = _thing(options["what"], user)
        try:
            body = _drawn(thing, user, form, options)
        except UserError as error:
            where = f"{error.field}: " if error.field else ""
            raise CommandError(f"{where}{error.message}") from error
        options["out"].write_bytes(body)
        self.stdout.write(f"{options['out']}: {len(body):,} bytes")


def _thing(what: str, user: User) -> Widget | Dashboard:
    if what.isdigit():
        widget = widgets_seen(user).filter(pk=what).first()
        if widget is None:
            raise CommandError(f"{user.email} sees no card {what}.")
        return widget
    dashboard = Dashboard.objects.visible_to(user).filter(slug=what).first()
    if dashboard is None:
        raise CommandError(f"{user.email} sees no dashboard “{what}”.")
    return dashboard


def _drawn(thing: Widget | Dashboard, user: User, form: str, options: dict[str, Any]) -> bytes:
    board: Dashboard = thing.placement.dashboard if isinstance(thing, Widget) else thing
    filters: dict[str, list[str]] = {}
    for each in options["filter"]:
        column, _equals, value = each.partition("=")
        filters.setdefault(column, []).append(value)
    view = View.from_json(
        {
            "from": options["time_from"] or board.time_from,
            "to": options["time_to"] or board.time_to,
            "timezone": options["timezone"] or user.timezone,
            "compare": options["compare"],
            "filters": filters,
        }
    )
    asked = {name: options[name] for name in ("theme", "width", "height", "scale")}
    asked |= {"title": "no" if options["no_title"] else "yes", "lang": options["language"]}
    look = Look.from_params(asked)
    sheet = pictures.Sheet.of(
        thing, {"paper": options["paper"], "landscape": "yes" if options["landscape"] else "no"}
    )
    with translation.override(look.language):
        made = pictures.drawing_of(thing, view, user, look)
        return pictures.body_of(made, thing, view, user, form, sheet)
