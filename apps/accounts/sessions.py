"""Whether a session is still somebody's: for sockets, which outlive the request of their start."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from apps.accounts.models import User


def is_signed_in(session_key: str | None, user_id: int) -> bool:
    """Whether the session still signs this person in, under the password of today."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not session_key:
        return False
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    if str(session.get(SESSION_KEY)) != str(user_id):
        return False
    kept = session.get(HASH_SESSION_KEY, "")
    return constant_time_compare(kept, user.get_session_auth_hash())
