"""Mail without a mail server: every message becomes a file that the outbox page shows."""

import email
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default as policy
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage as DjangoMessage


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in the outbox."""

    key: str
    sent_at: datetime
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        """The decoded subject line."""
        return str(self.message["Subject"] or "")


class OutboxBackend(BaseEmailBackend):
    """Write messages to var/outbox, whole or not at all."""

    def send_messages(self, email_messages: Sequence[DjangoMessage]) -> int:
        """Store each message; return how many."""
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
            target = folder / f"{stamp}-{secrets.token_hex(6)}.eml"
            draft = target.with_suffix(".part")
            draft.write_bytes(message.message().as_bytes())
            draft.rename(target)
        return len(email_messages)


def outbox(recipient: str | None = None, limit: int = 200) -> Iterator[Letter]:
    """Newest first; only those sent to `recipient` if one is named."""
    found = 0
    for path in sorted(_folder().glob("*.eml"), reverse=True):
        letter = _read(path)
        if recipient is None or recipient.lower() in letter.recipients:
            yield letter
            found += 1
        if found >= limit:
            return


def letter(key: str) -> Letter | None:
    """One message by its key; None if there is none."""
    if not key.replace("-", "").isalnum():
        return None
    path = _folder() / f"{key}.eml"
    return _read(path) if path.is_file() else None


def _read(path: Path) -> Letter:
    message = email.message_from_bytes(path.read_bytes(), policy=policy)
    sent_at = datetime.strptime(path.stem.split("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    people = message["To"].addresses if message["To"] else ()
    return Letter(path.stem, sent_at, tuple(p.addr_spec.lower() for p in people), message)


def _folder() -> Path:
    return Path(settings.VAR) / "outbox"
