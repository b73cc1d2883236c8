"""TARGETS: how each kind of message leaves."""

from collections.abc import Callable

from apps.alerts.models import Message, Target
from apps.alerts.targets import email

TARGETS: dict[str, Callable[[Message], None]] = {Target.Kind.EMAIL: email.send}

__all__ = ["TARGETS"]
