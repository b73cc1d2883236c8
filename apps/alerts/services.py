"""Writes: a rule is made, evaluated, silenced; an incident opens and closes; a message leaves."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alerts.models import Incident, Message, Rule, Silence, Target
from apps.alerts.queries import hides_from, limit_of, question_of
from apps.alerts.rules import State, decide
from apps.alerts.signals import incident_closed, incident_opened
from apps.alerts.targets import TARGETS
from apps.core.errors import UserError
from apps.core.events import announce
from apps.core.window import Window
from apps.datasources import engine
from apps.datasources.definition import brief
from apps.insights.history import last_moment

logger = logging.getLogger(__name__)
MOST_ATTEMPTS = 8
FIRST_WAIT_S = 10
LONGEST_WAIT_S = 3600


@dataclass(frozen=True, slots=True)
class Reading:
    """What one check found: a value, or none, or why it could not be asked."""

    value: float | None
    error: str = ""


def measured(rule: Rule, now: datetime) -> Reading:
    """The rule's value over its last window, asked as its owner with the rights of now.

    An error is for all who see the rule, so it names nothing that they may not read.
    """
    if not rule.owner.is_active:
        return Reading(None, _("Whom it runs as can no longer sign in. Save it as somebody else."))
    if hides_from(rule, rule.owner):
        message = _("It watches what is hidden from whom it runs as. Change it, or delete it.")
        return Reading(None, message)
    try:
        end = last_moment(rule.dataset, now)
        window = Window(end - timedelta(seconds=rule.window_s), end)
        query = question_of(rule).within(window)
        values = engine.answer(query, rule.owner).column(query.measures[0])
    except UserError as error:
        return Reading(None, brief(error))
    return Reading(float(values[0]) if values and values[0] is not None else None)


def evaluate(rule: Rule, now: datetime | None = None) -> str | None:
    """Check the rule once; "open" or "close" if an incident did, else None.

    Any number of workers may do so at once: the question is asked outside the lock, the decision
    is made one after the other on the newest state, and a check that is older than the last
    changes nothing. So an incident opens once, and each of its messages exists once.
    """
    now = now or datetime.now(UTC)
    reading = measured(rule, now)
    with transaction.atomic():
        locked = Rule.objects.select_for_update().filter(pk=rule.pk, is_active=True).first()
        if locked is None or (locked.evaluated_at and locked.evaluated_at > now):
            return None
        before = State.from_json(locked.state)
        limit = limit_of(locked)
        state, event = decide(
            before, reading.value, limit, now.timestamp(), failed=bool(reading.error)
        )
        locked.state = state.as_json()
        locked.evaluated_at, locked.last_error = now, reading.error
        locked.last_value = reading.value
        locked.save(update_fields=["state", "evaluated_at", "last_value", "last_error"])
        if event == "open" and reading.value is not None:
            _open(locked, reading.value, now)
        elif event == "close":
            _close(locked, now)
        elif state.is_open and reading.value is not None:
            _worsen(locked, limit.worse, reading.value)
    return event


def _open(rule: Rule, value: float, now: datetime) -> None:
    incident = Incident.objects.create(
        rule=rule, opened_at=now, value=value, threshold=rule.threshold, peak=value
    )
    _write_messages(incident, "open", now)
    announce(incident_opened, incident_id=incident.pk)


def _close(rule: Rule, now: datetime) -> None:
    incident = rule.incidents.filter(closed_at=None).first()
    if incident is None:  # deleted by hand in the admin: there is nothing left to close
        return
    incident.closed_at = now
    incident.save(update_fields=["closed_at"])
    _write_messages(incident, "close", now)
    announce(incident_closed, incident_id=incident.pk)


def _worsen(rule: Rule, worse: Callable[[float, float], float], value: float) -> None:
    incident = rule.incidents.filter(closed_at=None).first()
    if incident and worse(value, incident.peak) != incident.peak:
        incident.peak = value
        incident.save(update_fields=["peak"])


def _write_messages(incident: Incident, event: str, now: datetime) -> None:
    """One row per target; none while the rule is silenced. Who heard of no opening hears no end."""
    rule = incident.rule
    if rule.silences.filter(starts_at__lte=now, ends_at__gt=now).exists():
        return
    targets = rule.targets.all()
    if event == "close":
        told = incident.messages.filter(event="open")
        targets = targets.filter(pk__in=told.values("target"))
    rows = [Message(incident=incident, target=target, event=event) for target in targets]
    Message.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def save_rule(rule: Rule, people: Iterable[User]) -> Rule:
    """Keep a rule that its form has checked, with whom it wakes. A changed rule starts anew."""
    if rule.pk:
        rule = _restarted(rule)
    rule.save()
    keep = [
        Target.objects.get_or_create(rule=rule, kind=Target.Kind.EMAIL, user=person)[0].pk
        for person in people
    ]
    rule.targets.exclude(pk__in=keep).delete()
    return rule


def _restarted(rule: Rule) -> Rule:
    """The same rule with a new meaning: its open incident ends without a word."""
    old = Rule.objects.select_for_update().get(pk=rule.pk)
    meaning = ("query", "window_s", "comparison", "threshold")
    if any(getattr(old, name) != getattr(rule, name) for name in meaning):
        rule.incidents.filter(closed_at=None).update(closed_at=datetime.now(UTC))
        rule.state = {}
    else:
        rule.state = old.state
    return rule


@transaction.atomic
def set_active(rule: Rule, *, is_active: bool) -> None:
    """Pause a rule or let it go on; a paused rule's open incident ends without a word."""
    locked = Rule.objects.select_for_update().get(pk=rule.pk)
    if not is_active:
        locked.incidents.filter(closed_at=None).update(closed_at=datetime.now(UTC))
        locked.state = {}
    locked.is_active = is_active
    locked.save(update_fields=["is_active", "state"])


def silence(rule: Rule, user: User, hours: float, reason: str = "") -> Silence:
    """Open incidents, but send nothing, for so many hours. Raises UserError."""
    if not 0 < hours <= 24 * 31:
        raise UserError(_("Silence a rule for up to 31 days."), field="hours")
    now = datetime.now(UTC)
    return Silence.objects.create(
        rule=rule,
        starts_at=now,
        ends_at=now + timedelta(hours=hours),
        reason=reason[:200],
        created_by=user,
    )


def end_silence(rule: Rule) -> None:
    """Send again from now on."""
    now = datetime.now(UTC)
    rule.silences.filter(ends_at__gt=now).update(ends_at=now)


def send(message_id: int, now: datetime | None = None) -> bool:
    """Send one waiting message; whether it left. Other workers pass a message that is held.

    It is sent while its row is locked, so two workers cannot both send it; after a crash between
    sending and committing it is sent again under the same Message-ID.
    """
    now = now or datetime.now(UTC)
    with transaction.atomic():
        rows = Message.objects.select_for_update(skip_locked=True, of=("self",))
        rows = rows.select_related("incident__rule__dataset", "incident__rule__workspace")
        message = rows.select_related("target__user").filter(pk=message_id, sent_at=None).first()
        if message is None or not is_due(message, now):
            return False
        message.attempts += 1
        try:
            if not may_hear(message):
                message.attempts = MOST_ATTEMPTS
                raise UserError(_("This person may no longer see the rule."))
            TARGETS[message.target.kind](message)
            message.sent_at, message.last_error = now, ""
        except Exception as error:
            # any failure of a mail server is a reason to try again later, and to be seen
            logger.warning("message %s failed: %s", message.pk, type(error).__name__)
            message.last_error = f"{type(error).__name__}: {error}"[:500]
        message.save(update_fields=["attempts", "sent_at", "last_error"])
    return message.sent_at is not None


def may_hear(message: Message) -> bool:
    """Whether the person behind the target may still see the rule, and what it watches."""
    rule, person = message.incident.rule, message.target.user
    seen = Rule.objects.visible_to(person).filter(pk=rule.pk).exists()
    return seen and not hides_from(rule, person)


def is_due(message: Message, now: datetime) -> bool:
    """Tries come 10, 20, 40... seconds apart, spread a little, 8 at most."""
    if message.attempts >= MOST_ATTEMPTS:
        return False
    waits = (min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**n) for n in range(message.attempts))
    spread_s = message.pk % 7 if message.attempts else 0
    return now >= message.created_at + timedelta(seconds=sum(waits) + spread_s)


def waiting() -> list[int]:
    """Messages that are neither sent nor given up."""
    rows = Message.objects.filter(sent_at=None, attempts__lt=MOST_ATTEMPTS)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:500])


__all__ = ["end_silence", "evaluate", "measured", "save_rule", "send", "set_active", "silence"]
