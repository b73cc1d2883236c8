"""How a service tells the apps above what happened: after commit, by a domain signal."""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal


def announce(signal: Signal, **facts: Any) -> None:
    """Send `signal` once the running transaction has committed; at once if there is none.

    A receiver that fails is logged by Django and never undoes what was announced.
    """
    transaction.on_commit(partial(signal.send_robust, sender=None, **facts))
