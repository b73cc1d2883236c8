"""Which addresses may reach what is not for everybody: the admin and the metrics."""

import ipaddress
from collections.abc import Callable, Iterable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.core.views import missing

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether an address lies in one of the networks; False for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in _networks(tuple(networks)))


class VisitorAddressMiddleware:
    """Behind our own proxy, REMOTE_ADDR is the visitor's; what anybody else claims is not read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Take the proxy's word, if it is ours."""
        claimed, proxies = request.META.get("HTTP_X_REAL_IP"), settings.PROXY_NETWORKS
        if claimed and proxies and is_within(request.META.get("REMOTE_ADDR", ""), proxies):
            request.META["REMOTE_ADDR"] = claimed
        return self.get_response(request)


class AdminNetworksMiddleware:
    """Outside ADMIN_NETWORKS the admin does not exist. An empty list means everywhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The admin's page, or the page of a path that is not there."""
        allowed = settings.ADMIN_NETWORKS
        is_admin = request.path_info.startswith(reverse("admin:index"))
        if is_admin and allowed and not is_within(request.META.get("REMOTE_ADDR", ""), allowed):
            return missing(request, PermissionError())
        return self.get_response(request)


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
