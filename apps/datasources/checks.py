"""What `manage.py check --database default`, and each `migrate`, says about sealed secrets."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError, transaction

from apps.datasources import resealing


@register(Tags.database)
def sealed_secrets(databases: Sequence[str] | None = None, **_facts: Any) -> list[CheckMessage]:
    """How many secrets are still under old keys, and how many open with none."""
    if not databases or "default" not in databases:
        return []
    try:
        with transaction.atomic():
            found = resealing.counted()
    except DatabaseError:  # before the first migration
        return []
    warnings: list[CheckMessage] = []
    if found.old:
        message = f"Secrets that are sealed with a key of FIELD_KEYS_OLD: {found.old}."
        hint = "Run `manage.py reseal`; then the old key can go."
        warnings.append(Warning(message, hint=hint, id="datasources.W001"))
    if found.closed:
        message = f"Secrets that no key opens: {', '.join(found.closed[:20])}."
        hint = "Set these passwords again, or add their key to FIELD_KEYS_OLD."
        warnings.append(Warning(message, hint=hint, id="datasources.W002"))
    return warnings
