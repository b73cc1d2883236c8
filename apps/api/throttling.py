"""How often one caller may ask: a counter per minute in Redis."""

import time
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.accounts.throttle import address_of
from apps.core import redis

SPAN_S = 60


class PerCaller(BaseThrottle):
    """API_LIMIT a minute per user, API_LIMIT_ANONYMOUS per address without one.

    One number a caller and minute; DRF's own throttle would read and write the times of all the
    requests of the last minute with every request.
    """

    what = "calls"

    @property
    def limit(self) -> int:
        """Requests a minute of one user."""
        return int(settings.API_LIMIT)

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; False once there were too many."""
        user = request.user
        if user.is_authenticated:
            who, limit = f"user:{user.pk}", self.limit
        else:
            who, limit = f"address:{address_of(request)}", settings.API_LIMIT_ANONYMOUS
        now = int(time.time())
        self.left_s = SPAN_S - now % SPAN_S
        key = f"sightline:{self.what}:{who}:{now // SPAN_S}"
        with redis.client().pipeline(transaction=False) as pipe:
            pipe.incr(key)
            pipe.expire(key, SPAN_S * 2, nx=True)
            count: int = pipe.execute()[0]
        return bool(count <= limit)

    def wait(self) -> float:
        """Seconds to the next minute."""
        return self.left_s


class PicturesPerCaller(PerCaller):
    """API_LIMIT_PICTURES a minute per user: one costs what many answers do."""

    what = "pictures"

    @property
    def limit(self) -> int:
        """Pictures a minute of one user."""
        return int(settings.API_LIMIT_PICTURES)
