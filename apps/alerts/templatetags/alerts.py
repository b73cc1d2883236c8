"""What the frame of a page says of alerts."""

from django import template
from django.http import HttpRequest

from apps.alerts.models import Incident, Rule

register = template.Library()


@register.simple_tag(takes_context=True)
def open_incident_count(context: template.Context) -> int:
    """How many incidents burn now, of rules that the visitor sees."""
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return 0
    return Incident.objects.filter(rule__in=Rule.objects.visible_to(user), closed_at=None).count()
