"""Who is calling: a JWT in the Authorization header."""

from typing import Any

from rest_framework.exceptions import APIException
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken

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
    authentication = TokenAuthentication()
    try:
        user = authentication.get_user(authentication.get_validated_token(token.encode()))
    except (APIException, UnicodeEncodeError):
        return None
    return user if isinstance(user, User) else None
