"""Sends rows to a stream over the public API, as any source would: signs in, retries, gives up
nothing that was not acknowledged.
"""

import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

logger = logging.getLogger(__name__)
TIMEOUT_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 5.0


class Refused(Exception):
    """The API will not take this, however often it is sent."""


class Sender:
    """One source's connection. `stop` ends every wait."""

    def __init__(
        self,
        url: str,
        stream: str,
        email: str,
        password: str,
        stop: threading.Event,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        # Not by a proxy of the environment: what is sent stays between the two.
        self._http = httpx.Client(
            base_url=url, timeout=TIMEOUT_S, trust_env=False, transport=transport
        )
        self._path = f"/api/v1/streams/{stream}/events/"
        self._credentials = {"email": email, "password": password}
        self._stop = stop
        self._token = ""

    def send(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
        """The API's answer once the rows are durable; None if `stop` was set before.

        Every try carries the same Idempotency-Key, so that a lost answer doubles nothing.
        Raises Refused.
        """
        key, pause_s = secrets.token_hex(16), FIRST_PAUSE_S
        while not self._stop.is_set():
            try:
                answer = self._try(rows, key)
                if answer is not None:
                    return answer
            except httpx.TransportError as error:
                logger.warning("the server does not answer: %s", type(error).__name__)
            self._stop.wait(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        return None

    def close(self) -> None:
        """End the connection."""
        self._http.close()

    def _try(self, rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, Any] | None:
        if not self._token:
            self._token = self._sign_in()
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": key}
        response = self._http.post(self._path, json=list(rows), headers=headers)
        if response.status_code == 202:
            return dict(response.json())
        if response.status_code == 401:  # expired: sign in anew with the next try
            self._token = ""
        elif 400 <= response.status_code < 500 and response.status_code != 429:
            raise Refused(f"{response.status_code}: {response.text[:300]}")
        else:
            logger.warning("the server answered %s; trying again", response.status_code)
        return None

    def _sign_in(self) -> str:
        response = self._http.post("/api/v1/auth/token/", json=self._credentials)
        if response.status_code in (400, 401, 403):
            raise Refused(f"signing in: {response.status_code}")
        if response.status_code != 200:
            logger.warning("signing in was answered %s; trying again", response.status_code)
            raise httpx.ConnectError("no token yet")
        return str(response.json()["access"])
