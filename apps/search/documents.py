"""One box over everything. What a user may see stays with visible_to(), inside each query."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.contrib.postgres.search import (
    SearchQuery,
    SearchRank,
    SearchVector,
    TrigramWordSimilarity,
)
from django.db import connection
from django.db.models import FloatField, Q, QuerySet, Value
from django.db.models.functions import Cast, Least
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import Visitor
from apps.dashboards.models import Dashboard, Placement
from apps.datasources.hiding import metrics_visible_to
from apps.datasources.models import Dataset

WORD: Final = re.compile(r"\w+")
MOST_WORDS: Final = 8
LONGEST: Final = 100
SIMILAR: Final = 0.45  # of pg_trgm; one slip in a word of five letters is about 0.5


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. `rank` compares hits of all kinds."""

    kind: str
    label: str | Promise
    icon: str
    title: str
    detail: str
    url: str
    rank: float


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of thing: what the user may see of it, where its words are, and how it is shown.

    fields: field path -> weight, "A" for a title.
    """

    kind: str
    label: str | Promise
    icon: str
    visible: Callable[[Visitor], QuerySet[Any]]
    fields: dict[str, str]
    title: Callable[[Any], str]
    detail: Callable[[Any], str]
    url: Callable[[Any], str]


def _placements(user: Visitor) -> QuerySet[Placement]:
    shown = Placement.objects.filter(dashboard__in=Dashboard.objects.visible_to(user))
    return shown.select_related("widget", "dashboard")


def _address(name: str, *args: object) -> str:
    """The path of a page; home where that part is not installed."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return reverse("dashboards:home")


DOCUMENTS: dict[str, Document] = {
    document.kind: document
    for document in (
        Document(
            "dashboard",
            _("Dashboard"),
            "dashboards",
            lambda user: Dashboard.objects.visible_to(user).select_related("workspace"),
            {"title": "A", "description": "B"},
            lambda found: found.title,
            lambda found: found.description or found.workspace.name,
            lambda found: found.get_absolute_url(),
        ),
        Document(
            "widget",
            _("Chart"),
            "kind-line",
            _placements,
            {"widget__title": "A", "dashboard__title": "C"},
            lambda found: found.widget.title,
            lambda found: found.dashboard.title,
            lambda found: f"{found.dashboard.get_absolute_url()}#widget-{found.widget_id}",
        ),
        Document(
            "dataset",
            _("Dataset"),
            "data",
            lambda user: Dataset.objects.visible_to(user).select_related("workspace"),
            {"name": "A", "description": "B"},
            lambda found: found.name,
            lambda found: found.description or found.workspace.name,
            lambda found: _address("datasources:detail", found.slug),
        ),
        Document(
            "metric",
            _("Metric"),
            "target",
            lambda user: metrics_visible_to(user).select_related("dataset"),
            {"name": "A", "dataset__name": "C"},
            lambda found: found.name,
            lambda found: found.dataset.name,
            lambda found: _address("insights:metric", found.pk),
        ),
    )
}


def search(text: str, user: Visitor, limit: int = 8) -> list[Hit]:
    """The best hits of every kind, best first; at most `limit` of each kind.

    Every word must be found, as a whole, as a beginning or anywhere in a title; where the server
    has pg_trgm, a word with a slip is found as well.
    """
    words = WORD.findall(text[:LONGEST])[:MOST_WORDS]
    if not words:
        return []
    hits = [hit for document in DOCUMENTS.values() for hit in _hits(document, words, user, limit)]
    return sorted(hits, key=lambda hit: (-hit.rank, hit.title.casefold()))


def _hits(document: Document, words: list[str], user: Visitor, limit: int) -> list[Hit]:
    vector = sum_of(
        SearchVector(field, weight=weight, config="simple")
        for field, weight in document.fields.items()
    )
    # "simple" knows no language: titles are in any; the words hold nothing but letters and digits
    query = SearchQuery(" & ".join(f"{w}:*" for w in words), search_type="raw", config="simple")
    title = next(iter(document.fields))
    anywhere = Q()
    for word in words:
        anywhere &= Q(**{f"{title}__icontains": word})
    found = document.visible(user).annotate(vector=vector, near=_near(words, title))
    matching = found.filter(Q(vector=query) | anywhere | Q(near__gte=SIMILAR))
    ranked = matching.annotate(rank=SearchRank("vector", query)).order_by("-rank", "-near", title)
    return [
        Hit(
            document.kind,
            document.label,
            document.icon,
            document.title(row),
            document.detail(row),
            document.url(row),
            float(row.rank) + float(row.near) / 10,
        )
        for row in ranked[:limit]
    ]


def sum_of(vectors: Any) -> Any:
    """SearchVectors joined; sum() would begin with 0."""
    first, *rest = vectors
    for each in rest:
        first = first + each
    return first


def _near(words: list[str], title: str) -> Any:
    """How near the word that fits worst comes to the title, 0 to 1."""
    if has_trigrams(connection.settings_dict["NAME"]):
        each = [TrigramWordSimilarity(word, title) for word in words]
        return Least(*each) if len(each) > 1 else each[0]
    return Cast(Value(0.0), FloatField())


@cache
def has_trigrams(database: str) -> bool:
    """Whether pg_trgm is installed there; asked once a process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        return cursor.fetchone() is not None
