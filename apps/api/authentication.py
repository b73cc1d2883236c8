"""Who is calling: a JWT in the Authorization header."""

from rest_framework_simplejwt.authentication import JWTAuthentication


class TokenAuthentication(JWTAuthentication):
    """Bearer tokens of POST /api/v1/auth/token/; never from a query string."""
