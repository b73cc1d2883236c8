"""The kinds that a form, a menu and the gallery offer, and what a question lacks for each."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.datasources.access import scope_of
from apps.datasources.definition import Definition
from apps.datasources.hiding import shape_of
from apps.widgets.automatic import Asked, automatic, for_kind, lacks
from apps.widgets.kinds import KINDS, Family, Kind
from apps.widgets.models import Widget


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind to choose: what the present question lacks for it, and whether it is suggested."""

    kind: Kind
    lacks: str = ""
    is_suggested: bool = False


Groups = list[tuple[str | Promise, list[Offer]]]


def by_family() -> list[tuple[Family, list[Kind]]]:
    """All kinds, in the order of the gallery."""
    found = [(each, [k for k in KINDS.values() if k.family == each]) for each in Family]
    return [(family, kinds) for family, kinds in found if kinds]


def offered(query: dict[str, Any], own: Kind, shape: Definition | None) -> Groups:
    """Kinds in groups: those that fit what is asked, then the others by family."""
    if shape is None:
        return [(family.label, [Offer(kind) for kind in kinds]) for family, kinds in by_family()]
    told = _told(query, own, shape)
    fitting = [offer for offer in told.values() if not offer.lacks]
    fitting.sort(key=lambda offer: not offer.is_suggested)
    groups: Groups = [(_("Fits what is asked"), fitting)]
    for family, kinds in by_family():
        groups.append((family.label, [told[k.slug] for k in kinds if told[k.slug].lacks]))
    return [group for group in groups if group[1]]


def alternatives(widget: Widget, author: User) -> list[Offer]:
    """Kinds that can draw what a card asks: those of its shape, then others; its own among them."""
    shape = shape_of(scope_of(author, widget.dataset_id)) if widget.dataset_id else None
    own = KINDS.get(widget.kind)
    if own is None:
        return []
    told = _told(widget.query, own, shape).values()
    fitting = [offer for offer in told if not offer.lacks and _keeps_time(own, offer.kind)]
    return sorted(fitting, key=lambda offer: offer.kind.shape != own.shape)


def _keeps_time(before: Kind, after: Kind) -> bool:
    """What is drawn over time stays so: another kind is another look, not another question."""
    return not before.over_time or after.over_time or after.time_axis


def _told(query: dict[str, Any], own: Kind, shape: Definition | None) -> dict[str, Offer]:
    asked = Asked.of(query, own, shape)
    best = automatic(asked)
    return {
        kind.slug: Offer(kind, _lacking(kind, for_kind(asked, own, kind)), kind.slug == best)
        for kind in KINDS.values()
    }


def _lacking(kind: Kind, asked: Asked) -> str:
    return ", ".join(lacks(kind, asked))
