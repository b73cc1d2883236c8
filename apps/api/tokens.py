"""Tokens: given for a password, renewed in turn, ended by reuse, revocation or a new password."""

import hmac
import logging
from dataclasses import dataclass
from typing import Self

from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import datetime_from_epoch, get_md5_hash_password

from apps.accounts import throttle
from apps.accounts.models import User
from apps.core.errors import UserError

logger = logging.getLogger("sightline.security")


class NotSignedIn(UserError):
    """No valid token or password; which of the two, or whose, is not told."""

    status = 401
    code = "not_authenticated"


@dataclass(frozen=True, slots=True)
class Pair:
    """A fresh access token, and the refresh token that comes after it."""

    access: str
    refresh: str


class Refresh(RefreshToken):
    """A refresh token whose text is nowhere stored: its id is enough to end it."""

    @classmethod
    def issue(cls, user: User) -> Self:
        """A new token of this user, noted as outstanding, that a new password ends."""
        token = cls()
        token[api_settings.USER_ID_CLAIM] = str(user.pk)
        token[api_settings.REVOKE_TOKEN_CLAIM] = get_md5_hash_password(user.password)
        token.note(user.pk)
        return token

    def note(self, user_id: int) -> OutstandingToken:
        """Its row among the outstanding ones."""
        row, _made = OutstandingToken.objects.get_or_create(
            jti=self.payload["jti"],
            defaults={
                "user_id": user_id,
                "token": "",
                "created_at": self.current_time,
                "expires_at": datetime_from_epoch(self.payload["exp"]),
            },
        )
        return row

    def check_blacklist(self) -> None:
        """Not here: whether it was used before is decided when it is used up."""


def sign_in(request: HttpRequest, email: str, password: str) -> Pair:
    """Raises NotSignedIn, and TooMany after too many wrong passwords."""
    address = throttle.address_of(request)
    throttle.check(email, address)
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User):
        throttle.failed(email, address)
        raise NotSignedIn(_("E-mail or password is wrong."))
    throttle.succeeded(email, address)
    return _pair(Refresh.issue(user))


def renew(text: str) -> Pair:
    """A new pair for a refresh token, which is used up by it. Raises NotSignedIn.

    A token that comes a second time was stolen, before or after its owner used it: then every
    refresh token of that user ends.
    """
    token, user = _valid(text)
    if not _use_up(token, user):
        end_all(user.pk)
        logger.warning("refresh token used twice: all of user %s ended", user.pk)
        raise _invalid()
    return _pair(Refresh.issue(user))


def revoke(text: str) -> None:
    """End a refresh token. One that is not valid any more needs no ending."""
    try:
        token, user = _valid(text)
    except NotSignedIn:
        return
    _use_up(token, user)


@transaction.atomic
def end_all(user_id: int) -> None:
    """End every refresh token of a user."""
    rows = OutstandingToken.objects.filter(user_id=user_id, blacklistedtoken=None)
    BlacklistedToken.objects.bulk_create(
        [BlacklistedToken(token=row) for row in rows], ignore_conflicts=True
    )


def _valid(text: str) -> tuple[Refresh, User]:
    """The token and its active user, whose password is still the one of then."""
    try:
        token = Refresh(text)  # type: ignore[arg-type]
        user = User.objects.filter(pk=int(token[api_settings.USER_ID_CLAIM])).first()
    except (TokenError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise _invalid() from error
    if user is None or not user.is_active:
        raise _invalid()
    mark = str(token.get(api_settings.REVOKE_TOKEN_CLAIM, ""))
    if not hmac.compare_digest(mark.encode(), get_md5_hash_password(user.password).encode()):
        raise _invalid()
    return token, user


def _use_up(token: Refresh, user: User) -> bool:
    """Whether it was good until now; of two at the same instant, one is told so."""
    _row, made = BlacklistedToken.objects.get_or_create(token=token.note(user.pk))
    return made


def _pair(refresh: Refresh) -> Pair:
    return Pair(access=str(refresh.access_token), refresh=str(refresh))


def _invalid() -> NotSignedIn:
    return NotSignedIn(_("This token is not valid. Sign in again."))
