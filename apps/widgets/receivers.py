"""What widgets hear from below: an alert's mail wants a picture."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.dispatch import receiver

from apps.alerts.models import Incident
from apps.alerts.queries import question_of
from apps.alerts.signals import picture_wanted
from apps.core.window import Window
from apps.datasources import engine
from apps.datasources.query import grain_for
from apps.insights.history import last_moment

WIDTH, HEIGHT = 520, 200
BEFORE, AFTER = 30, 2  # windows of the rule that are drawn before and after the incident opened


@receiver(picture_wanted)
def draw_incident(incident: Incident, **_facts: Any) -> bytes:
    """The measure around the incident as a PNG, with the rights of the rule's owner."""
    from apps.widgets import render  # V8: only where pictures are drawn

    rule = incident.rule
    around = timedelta(seconds=rule.window_s)
    opened = last_moment(rule.dataset, incident.opened_at)
    end = last_moment(rule.dataset, (incident.closed_at or incident.opened_at) + AFTER * around)
    window = Window(opened - BEFORE * around, end)
    query = replace(question_of(rule), grain=grain_for(window, WIDTH), window=window)
    frame = engine.answer(query, rule.owner).as_json()
    data = {"frames": {"main": frame}, "overlays": {}, "window": window.as_ms()}
    return render.png(render.svg("line", data, {}, "light", WIDTH, HEIGHT))
