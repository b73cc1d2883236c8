"""Sign-in for programs."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api import tokens


class Credentials(serializers.Serializer[Any]):
    """What a person signs in with."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(
        max_length=1000, trim_whitespace=False, style={"input_type": "password"}
    )


class RefreshText(serializers.Serializer[Any]):
    """A refresh token."""

    refresh = serializers.CharField(max_length=4000)


class TokenPair(serializers.Serializer[Any]):
    """`access` lasts 15 minutes; `refresh` can be used once within 14 days."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class Door(APIView):
    """Open to everybody; a token or cookie that comes along is not even looked at."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        """Tokens are kept by nobody on the way (RFC 6749, 5.1)."""
        response = super().finalize_response(*args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


class TokenView(Door):
    """E-mail and password for a pair of tokens."""

    @extend_schema(
        request=Credentials, responses={200: TokenPair}, operation_id="token", tags=["auth"]
    )
    def post(self, request: Request) -> Response:
        """Sign in: an access token for the Authorization header, and a refresh token."""
        data = _valid(Credentials, request)
        return Response(asdict(tokens.sign_in(request._request, data["email"], data["password"])))


class RefreshView(Door):
    """A refresh token for a new pair."""

    @extend_schema(
        request=RefreshText, responses={200: TokenPair}, operation_id="token_refresh", tags=["auth"]
    )
    def post(self, request: Request) -> Response:
        """Renew. The token is used up: sent a second time, it ends all tokens of its user."""
        return Response(asdict(tokens.renew(_valid(RefreshText, request)["refresh"])))


class RevokeView(Door):
    """Ends a refresh token."""

    @extend_schema(
        request=RefreshText,
        responses={204: OpenApiResponse(description="The token is not valid any more.")},
        operation_id="token_revoke",
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        """Sign out (RFC 7009): also for a token that was not valid."""
        tokens.revoke(_valid(RefreshText, request)["refresh"])
        return Response(status=204)


def _valid(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    serializer = kind(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data
