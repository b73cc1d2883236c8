"""Claims -> sentences by templates: no key needed, the same input gives the same words.

A phrase is written with {a}, {b}... for its fact's claims in their order; it becomes {n} with the
number of the claim in the whole telling.
"""

from collections.abc import Callable
from string import ascii_lowercase

from django.utils.translation import gettext as _

from apps.insights.claims import Claim
from apps.insights.facts import STEP_WORDS, Fact


def tell(facts: list[Fact]) -> list[str]:
    """One slotted text per fact; slots are numbered through all claims."""
    told, first = [], 0
    for fact in facts:
        told.append(sentence(fact, first))
        first += len(fact.claims)
    return told


def sentence(fact: Fact, first: int) -> str:
    """The fact in words; `first` is the number of its first claim in the telling."""
    slots = {
        letter: f"{{{first + n}}}"
        for n, letter in zip(range(len(fact.claims)), ascii_lowercase, strict=False)
    }
    return PHRASES[fact.kind](fact) % {"metric": fact.claims[0].metric, **slots}


def _change(fact: Fact) -> str:
    words = {"when": _during(fact.claims[2]), "then": _during(fact.claims[4])}
    if fact.direction == "up":
        text = _("%(metric)s rose %(a)s to %(b)s WHEN %(c)s, from %(d)s THEN %(e)s.")
    elif fact.direction == "down":
        text = _("%(metric)s fell %(a)s to %(b)s WHEN %(c)s, from %(d)s THEN %(e)s.")
    else:
        text = _("%(metric)s stayed at %(b)s WHEN %(c)s, as THEN %(e)s.")
    return text.replace("WHEN", words["when"]).replace("THEN", words["then"])


def _calm(fact: Fact) -> str:
    text = _("%(metric)s was %(b)s WHEN %(c)s, against %(d)s THEN %(e)s, a usual change.")
    text = text.replace("WHEN", _during(fact.claims[2]))
    return text.replace("THEN", _during(fact.claims[4]))


def _drivers(fact: Fact) -> str:
    up = fact.direction == "up"
    first = _("%(name)s accounts for %(slot)s of the rise")
    if not up:
        first = _("%(name)s accounts for %(slot)s of the fall")
    others = _(", %(name)s for %(slot)s")
    text = ""
    for n, claim in enumerate(fact.claims):
        name = claim.subject.replace("%", "%%")
        text += (others if n else first) % {"name": name, "slot": f"%({ascii_lowercase[n]})s"}
    return f"{text}."


def _extreme(fact: Fact) -> str:
    text = _("%(metric)s was %(a)s WHEN %(b)s, the lowest in %(c)s.")
    if fact.kind == "highest":
        text = _("%(metric)s was %(a)s WHEN %(b)s, the highest in %(c)s.")
    return text.replace("WHEN", _during(fact.claims[1]))


def _trend(fact: Fact) -> str:
    text = _("%(metric)s fell by about %(a)s per STEP over %(b)s.")
    if fact.direction == "up":
        text = _("%(metric)s rose by about %(a)s per STEP over %(b)s.")
    grain = fact.claims[0].period["grain"]
    return text.replace("STEP", _("step") if grain in STEP_WORDS else grain)


def _anomaly(fact: Fact) -> str:
    text = _("%(metric)s was unusual WHEN %(b)s: it was %(a)s, where %(c)s was expected.")
    return text.replace("WHEN", _during(fact.claims[1]))


def _forecast(fact: Fact) -> str:
    text = _(
        "The forecast of %(metric)s for %(b)s is %(a)s, in %(c)s of cases between %(d)s and %(e)s; "
        "in its tests the method missed by %(f)s"
    )
    if fact.kind == "scaled_forecast":
        text += _(" of a typical change")
    if len(fact.claims) > 6:
        text += _(", against %(g)s by the naive one")
    return f"{text}."


def _during(claim: Claim) -> str:
    """The preposition that a period takes."""
    shown = claim.period_shown
    if "–" in shown:
        return _("over")
    return _("on") if claim.period["grain"] not in ("month", "quarter", "year") else _("in")


PHRASES: dict[str, Callable[[Fact], str]] = {
    "change": _change,
    "calm": _calm,
    "drivers": _drivers,
    "highest": _extreme,
    "lowest": _extreme,
    "trend": _trend,
    "anomaly": _anomaly,
    "forecast": _forecast,
    "scaled_forecast": _forecast,
}
