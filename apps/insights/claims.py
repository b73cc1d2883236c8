"""Facts -> claims, and the checker that recomputes every figure, date and direction in a text.

A claim is one figure with what it means: whose, when, which operation, and the Query behind it.
A text that says anything which no claim says has problems; only a text without problems is kept,
and it is kept with {n} where claim n stands, so no stored sentence holds a digit of its own.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from apps.core.figures import written
from apps.insights.figures import period_label

MOVES = frozenset({"change", "difference", "points", "slope"})  # told without sign, by a word
COUNTERPARTS = frozenset({"previous", "expected", "naive_error"})  # what another is held against


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure or period. `value` is in `unit` as it is shown; `rounding` counts decimals.

    period: {"from", "to": ISO 8601, "grain", "timezone"}. direction: "up", "down" or "". subject:
    the part of the whole that it is about, "" for the whole. fact: claims of one number belong
    into one sentence. query, against: the Queries of its two sides, against only for a comparison.
    """

    metric: str
    fact: int
    operation: str
    period: dict[str, str]
    query: dict[str, Any]
    value: float | None = None
    unit: str = ""
    rounding: int = 0
    direction: str = ""
    subject: str = ""
    against: dict[str, Any] | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """What as_json gave."""
        return cls(**data)

    def as_json(self) -> dict[str, Any]:
        """All of it, as plain values."""
        return asdict(self)

    @property
    def shown(self) -> str:
        """The figure or the period as a text writes it."""
        if self.value is None:
            return self.period_shown
        value = abs(self.value) if self.operation in MOVES else self.value
        return written(value, self.unit, self.rounding)

    @property
    def period_shown(self) -> str:
        """The period in words."""
        edges = (
            datetime.fromisoformat(self.period["from"]),
            datetime.fromisoformat(self.period["to"]),
        )
        return period_label(*edges, self.period["grain"], self.period["timezone"])


@dataclass(frozen=True, slots=True)
class Figure:
    """Where claim `claim` stands in a text: characters start to end."""

    start: int
    end: int
    claim: int


def claims_from(data: Iterable[dict[str, Any]]) -> list[Claim]:
    """Stored claims."""
    return [Claim.from_json(item) for item in data]


def filled(text: str, claims: list[Claim]) -> tuple[str, list[Figure]]:
    """A slotted text with its figures in place. Raises IndexError for a slot without a claim."""
    from apps.insights.reading import SLOT

    parts: list[str] = []
    figures: list[Figure] = []
    at = length = 0
    for match in SLOT.finditer(text):
        shown = claims[int(match[1])].shown
        parts += [text[at : match.start()], shown]
        length += match.start() - at
        figures.append(Figure(length, length + len(shown), int(match[1])))
        length += len(shown)
        at = match.end()
    return "".join([*parts, text[at:]]), figures
