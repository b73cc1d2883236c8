"""Should it fire: a pure decision on a number and what the rule carries from the last check."""

from dataclasses import asdict, dataclass, replace
from math import isfinite
from typing import Any, Literal, Self

Status = Literal["new", "calm", "firing", "no_data", "error"]
Event = Literal["open", "close"]
STATUSES: tuple[Status, ...] = ("new", "calm", "firing", "no_data", "error")


@dataclass(frozen=True, slots=True)
class Limit:
    """Fire when the value is above or below the threshold; close after so many calm checks.

    pace_s: checks that follow each other faster than that count as one calm check.
    """

    comparison: str
    threshold: float
    calm_windows: int = 2
    pace_s: float = 0.0

    def is_crossed(self, value: float) -> bool:
        """Whether the value alone would fire; on the threshold it does not."""
        return value > self.threshold if self.comparison == "above" else value < self.threshold

    def worse(self, one: float, other: float) -> float:
        """The one that is further on the wrong side."""
        return max(one, other) if self.comparison == "above" else min(one, other)


@dataclass(frozen=True, slots=True)
class State:
    """What goes from one check to the next. is_open: an incident is open, whatever the status.

    calm: calm checks in a row since it opened; calm_at: when the last of them counted, in seconds.
    """

    status: Status = "new"
    is_open: bool = False
    calm: int = 0
    calm_at: float = 0.0

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """What as_json gave; anything else is a new rule's state."""
        status = data.get("status")
        if status not in STATUSES:
            return cls()
        numbers = {"calm": int(data.get("calm", 0)), "calm_at": float(data.get("calm_at", 0))}
        return cls(status, data.get("is_open") is True, **numbers)  # type: ignore[arg-type]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def decide(
    state: State, value: float | None, limit: Limit, at: float, *, failed: bool = False
) -> tuple[State, Event | None]:
    """The next state, and whether an incident opens or closes.

    value: None or not finite where there is no data. at: seconds since 1970. failed: the question
    could not be answered. Neither silence nor failure is a recovery: an open incident stays open,
    and calm checks before it do not count.
    """
    if failed or value is None or not isfinite(value):
        status: Status = "error" if failed else "no_data"
        return replace(state, status=status, calm=0, calm_at=at), None
    if limit.is_crossed(value):
        event: Event | None = None if state.is_open else "open"
        return State("firing", is_open=True, calm=0, calm_at=at), event
    if not state.is_open:
        return State("calm"), None
    if at - state.calm_at < limit.pace_s:
        return replace(state, status="firing"), None
    calm = state.calm + 1
    if calm >= limit.calm_windows:
        return State("calm"), "close"
    return State("firing", is_open=True, calm=calm, calm_at=at), None


def openings(values: list[float | None], limit: Limit, step_s: float) -> list[int]:
    """At which of the past values, step_s apart, an incident would have opened."""
    state, found = State(), []
    limit = replace(limit, pace_s=0.0)
    for n, value in enumerate(values):
        state, event = decide(state, value, limit, at=n * step_s)
        if event == "open":
            found.append(n)
    return found
