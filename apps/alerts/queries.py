"""Reads: which rules are due, what is open, how a rule would have behaved."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import floor, log10
from typing import Any

import numpy as np
from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User, Workspace
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import EDIT
from apps.alerts.models import Incident, Rule, Silence
from apps.alerts.rules import Limit, State, openings
from apps.core.errors import Denied, UserError
from apps.core.window import Window, to_ms
from apps.datasources import engine
from apps.datasources.access import scope_of
from apps.datasources.hiding import is_hidden, measures_visible_to
from apps.datasources.models import Dataset
from apps.datasources.query import Query
from apps.insights.history import last_moment

FASTEST_S, SLOWEST_S = 5, 60
STANDING_S = 300  # rows that do not arrive are looked at this often
# window -> grain of the buckets in which its past is looked at
GRAINS = {60: "minute", 300: "5minute", 900: "15minute", 3600: "hour", 86_400: "day"}
GRAINS |= {7 * 86_400: "week"}
PAST_WINDOWS = 500


@dataclass(frozen=True, slots=True)
class Past:
    """How a rule would have behaved. values: one per past window, oldest first, None for no data.

    t: ms since 1970, the start of each. suggested: a threshold that 5 % of them cross.
    """

    t: list[int]
    values: list[float | None]
    suggested: float | None

    def fired(self, limit: Limit, window_s: int) -> list[int]:
        """When incidents would have opened: ms since 1970."""
        return [self.t[n] for n in openings(self.values, limit, window_s)]


def limit_of(rule: Rule) -> Limit:
    """The rule as the decision wants it."""
    return Limit(rule.comparison, rule.threshold, rule.calm_windows, pace_s=pace_s(rule) * 0.9)


def pace_s(rule: Rule) -> int:
    """Seconds between two checks: a twelfth of the window, 5 to 60."""
    if not rule.dataset.is_live:
        return STANDING_S
    return max(FASTEST_S, min(SLOWEST_S, rule.window_s // 12))


def due(now: datetime | None = None) -> list[int]:
    """Active rules whose next check has come."""
    now = now or datetime.now(UTC)
    early = now - timedelta(seconds=FASTEST_S * 0.9)
    rules = Rule.objects.filter(is_active=True).select_related("dataset")
    rules = rules.filter(Q(evaluated_at=None) | Q(evaluated_at__lte=early))
    return [rule.pk for rule in rules if next_check(rule, now) <= now]


def next_check(rule: Rule, now: datetime | None = None) -> datetime:
    """When the rule is looked at next, at the latest."""
    if rule.evaluated_at is None:
        return now or datetime.now(UTC)
    return rule.evaluated_at + timedelta(seconds=pace_s(rule) * 0.9)


def question_of(rule: Rule) -> Query:
    """The rule's Query, without its window; dataset and time column are the rule's. UserError."""
    asked = {"time": rule.dataset.time_column, **rule.query, "dataset": rule.dataset_id}
    query = Query.from_json(asked)
    if len(query.measures) != 1 or query.dimensions or query.grain:
        raise UserError(_("The rule's query must ask for one measure, and nothing more."))
    return query


def rules_of_dataset(dataset_id: int) -> list[int]:
    """Active rules on a dataset."""
    rules = Rule.objects.filter(dataset=dataset_id, is_active=True)
    return list(rules.values_list("pk", flat=True))


def incidents_of(user: Visitor) -> QuerySet[Incident]:
    """Incidents of the rules that the user may see."""
    return Incident.objects.filter(rule__in=Rule.objects.visible_to(user)).select_related(
        "rule__dataset", "rule__workspace"
    )


def open_incidents(user: Visitor) -> QuerySet[Incident]:
    """Those that are open, newest first; home and the rail's badge show them."""
    return incidents_of(user).filter(closed_at=None)


def silences_now(rules: Iterable[Rule]) -> dict[int, Silence]:
    """Rule -> the silence that ends last."""
    now = datetime.now(UTC)
    rows = Silence.objects.filter(rule__in=rules, starts_at__lte=now, ends_at__gt=now)
    return {row.rule_id: row for row in rows.order_by("ends_at")}


def datasets_for_rules(user: User) -> QuerySet[Dataset]:
    """Datasets with a time column on which the user may make rules."""
    visible = Dataset.objects.visible_to(user).exclude(time_column="")
    seen = Prefetch("measures", measures_visible_to(user))
    return visible.filter(workspace__in=workspaces_where(user, EDIT)).prefetch_related(seen)


def hides_from(rule: Rule, user: User) -> bool:
    """Whether a rule watches what is hidden from the user by now; its owner still sees the rule."""
    try:
        return is_hidden(rule.query, scope_of(user, rule.dataset_id))
    except Denied:  # made of data that the user sees in part
        return True
    except UserError:
        return False


def people_of(workspaces: Iterable[Workspace]) -> QuerySet[User]:
    """Whom a rule may wake: active members of its workspace."""
    people = User.objects.filter(is_active=True, memberships__workspace__in=workspaces)
    return people.distinct().order_by("email")


def board(user: Visitor, workspace_id: int) -> list[dict[str, Any]]:
    """The rules of a workspace that the user sees, as a card shows them; what fires first.

    Each: name, status (as status_of), since (ms: opened, or closed last), value, threshold,
    comparison, silent_until (ms), measure (unit, format), href. Three statements, however many.
    """
    rules = list(
        Rule.objects.visible_to(user)
        .filter(workspace=workspace_id)
        .select_related("dataset")
        .prefetch_related("dataset__measures")
    )
    silent = silences_now(rules)
    last = (
        Incident.objects.filter(rule__in=rules)
        .order_by("rule_id", "-opened_at")
        .distinct("rule_id")
    )
    incidents = {each.rule_id: each for each in last}
    found = [_on_board(rule, incidents.get(rule.pk), silent.get(rule.pk)) for rule in rules]
    order = {"firing": 0, "error": 1, "no_data": 2, "new": 3, "calm": 4, "paused": 5}
    return sorted(found, key=lambda row: (order[row["status"]], row["name"].lower()))


def _on_board(rule: Rule, last: Incident | None, silence: Silence | None) -> dict[str, Any]:
    asked = (rule.query.get("measures") or [""])[0]
    measure = next((each for each in rule.dataset.measures.all() if each.name == asked), None)
    since = (last.closed_at or last.opened_at) if last else None
    status = status_of(rule)
    is_open = bool(last and last.closed_at is None)
    burning = is_open and status != "paused"
    incident = reverse("alerts:incident", args=[last.pk]) if last and is_open else ""
    return {
        "name": rule.name,
        "status": "firing" if burning else status,
        "since": to_ms(since) if since else None,
        "value": rule.last_value,
        "threshold": rule.threshold,
        "comparison": rule.comparison,
        "checked": to_ms(rule.evaluated_at) if rule.evaluated_at else None,
        "silent_until": to_ms(silence.ends_at) if silence else None,
        "measure": {"unit": measure.unit, "format": measure.format} if measure else {},
        "href": incident or reverse("alerts:list"),
    }


def status_of(rule: Rule) -> str:
    """One of rules.STATUSES, or "paused"."""
    return State.from_json(rule.state).status if rule.is_active else "paused"


def past(query: Query, dataset: Dataset, window_s: int, comparison: str, user: User) -> Past:
    """The measure in buckets as long as the rule's window, as `user`. Raises UserError.

    Empty for a window that is not as long as a grain.
    """
    grain = GRAINS.get(window_s)
    if grain is None:
        return Past([], [], None)
    end = last_moment(dataset)
    window = Window(end - timedelta(seconds=window_s * PAST_WINDOWS), end)
    frame = engine.answer(replace(query, grain=grain, window=window), user)
    values = [None if v is None else float(v) for v in frame.column(query.measures[0])]
    times = frame.column(query.time or "")
    if dataset.is_live and values:
        values, times = values[:-1], times[:-1]  # the last one is not over yet
    return Past(times, values, _suggested(values, comparison))


def _suggested(values: list[float | None], comparison: str) -> float | None:
    """The 95th percentile, or the 5th for "below", in two digits on the far side."""
    known = [value for value in values if value is not None]
    if len(known) < 5:
        return None
    far = float(np.quantile(known, 0.95 if comparison == "above" else 0.05))
    if far == 0:
        return 0.0
    digits = 1 - floor(log10(abs(far)))
    step = 10.0**-digits
    rounded = np.ceil(far / step) if comparison == "above" else np.floor(far / step)
    return round(float(rounded * step), max(0, digits))
