"""What the frame of a page shows: the ways through the product, and the icons."""

from dataclasses import dataclass

from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()


@dataclass(frozen=True, slots=True)
class Way:
    """One link of the rail. `names`: the URL names for which it is the current one, or all of
    `namespaces` when empty.
    """

    url: str
    icon: str
    label: str | Promise
    keys: str
    namespaces: tuple[str, ...]
    names: tuple[str, ...] = ()
    on_phone: bool = True
    staff_only: bool = False
    definers_only: bool = False


WAYS = (
    Way("dashboards:home", "home", _("Home"), "g h", ("dashboards",), ("home",)),
    Way("search:page", "search", _("Search"), "g f", ("search",)),
    Way("dashboards:list", "dashboards", _("Dashboards"), "g d", ("dashboards", "widgets")),
    Way("dashboards:explore", "explore", _("Explore"), "g e", ("dashboards",), ("explore",)),
    Way("datasources:list", "data", _("Data"), "g s", ("datasources", "streams")),
    Way("sql:lab", "code", _("SQL"), "g q", ("sql",), definers_only=True),
    Way("insights:list", "insights", _("Insights"), "g i", ("insights",)),
    Way("alerts:list", "alerts", _("Alerts"), "g a", ("alerts",)),
    Way("reports:list", "reports", _("Reports"), "g r", ("reports",), on_phone=False),
    Way(
        "core:outbox",
        "mail",
        _("Outbox"),
        "g o",
        ("core",),
        ("outbox", "letter"),
        on_phone=False,
    ),
    Way(
        "admin:index",
        "settings",
        _("Administration"),
        "g m",
        ("admin",),
        on_phone=False,
        staff_only=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A Way as it stands on one page."""

    way: Way
    url: str
    current: bool


@register.simple_tag(takes_context=True)
def ways(context: template.Context, defines: bool = False) -> list[Link]:
    """The links of the rail for this visitor; a part that is not installed has none.

    defines: whether the visitor defines data, which only apps above can tell.
    """
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return []
    shown = [way for way in WAYS if user.is_staff or not way.staff_only]
    shown = [way for way in shown if defines or not way.definers_only]
    current = current_way(request)
    return [Link(way, url, way is current) for way in shown if (url := address(way.url))]


def current_way(request: HttpRequest) -> Way | None:
    """The way that leads to where the visitor is, one that names the page before one that names
    its app alone; None on an error page.
    """
    match = request.resolver_match
    if match is None:
        return None
    for way in sorted(WAYS, key=lambda way: not way.names):
        if match.namespace in way.namespaces and (not way.names or match.url_name in way.names):
            return way
    return None


def address(name: str) -> str:
    """The path of a URL name, or "" if nothing answers to it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
