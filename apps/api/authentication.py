"""Who is calling: a JWT in the Authorization header."""

from functools import lru_cache
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.utils import aware_utcnow

from apps.accounts.models import User


class TokenAuthentication(JWTAuthentication):
    """Bearer tokens of POST /api/v1/auth/token/; never from a query string."""

    def get_user(self, validated_token: Any) -> Any:
        """The active user whose password is still the one that the token was made under."""
        try:
            return super().get_user(validated_token)
        except (ValueError, TypeError, OverflowError) as error:  # a user id that is no number
            raise InvalidToken from error


def user_of(token: str) -> User | None:
    """Whose access token this is, for a socket; None for any that is not good."""
    try:
        claims = _signed(token.encode())
        claims.check_exp(current_time=aware_utcnow())
        user = TokenAuthentication().get_user(claims)
    except (APIException, TokenError, UnicodeEncodeError):
        return None
    return user if isinstance(user, User) else None


@lru_cache(maxsize=1024)
def _signed(token: bytes) -> Any:
    """What a good token says. A signature is good for ever; its time and its user are not."""
    return TokenAuthentication().get_validated_token(token)
