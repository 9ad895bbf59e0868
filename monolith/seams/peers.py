"""The other side of a seam, asked directly and not through the gateway."""

import itertools
import threading
from collections.abc import Sequence
from contextlib import suppress

import httpx
from django.http import HttpResponse

from extracted.contracts.http import (
    CORRELATION_ID,
    FORWARDED_WRITE,
    IDEMPOTENCY_KEY,
    JSON_CONTENT_TYPE,
    PASSED_ON,
)
from extracted.contracts.identity import AUTHORIZATION
from handover import tracing
from monolith.seams.writes import Write
from monolith.web import correlation

CONNECT_TIMEOUT_S = 0.5


class Peers:
    """The addresses of the other side, in turn, over one pool of connections per process."""

    def __init__(
        self, addresses: Sequence[str], *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.addresses = tuple(address.rstrip("/") for address in addresses)
        self._turn = itertools.cycle(self.addresses)
        self._transport = transport
        self._making = threading.Lock()
        self._made: httpx.Client | None = None

    def __bool__(self) -> bool:
        return bool(self.addresses)

    def get(
        self, path: str, *, timeout_s: float, authorization: str | None = None
    ) -> httpx.Response:
        """Read from the next peer that takes a connection; raises httpx.TransportError."""
        headers = {AUTHORIZATION: authorization} if authorization else {}
        # One that is not there now, or was scaled away, says nothing of the others.
        for _ in self.addresses[1:]:
            with suppress(httpx.ConnectError):
                return self._read(path, timeout_s=timeout_s, headers=headers)
        return self._read(path, timeout_s=timeout_s, headers=headers)

    def _read(self, path: str, *, timeout_s: float, headers: dict[str, str]) -> httpx.Response:
        return self._client.get(
            next(self._turn) + path, timeout=_timeout(timeout_s), headers=headers
        )

    def pass_on(self, write: Write, *, timeout_s: float) -> httpx.Response:
        """Ask the next peer to do a write under the client's own key; raises httpx.TransportError."""
        headers = {FORWARDED_WRITE: "1", IDEMPOTENCY_KEY: str(write.attempt.key)}
        if write.body:
            headers["Content-Type"] = JSON_CONTENT_TYPE
        if write.authorization:
            headers[AUTHORIZATION] = write.authorization
        if known := correlation.current():
            headers[CORRELATION_ID] = known
        headers |= tracing.headers()
        return self._client.request(
            write.method,
            next(self._turn) + write.path,
            content=write.body,
            headers=headers,
            timeout=_timeout(timeout_s),
        )

    @property
    def _client(self) -> httpx.Client:
        # Made at the first use: gunicorn forks, and a client must not be shared across that.
        if self._made is None:
            with self._making:
                if self._made is None:
                    self._made = httpx.Client(transport=self._transport, trust_env=False)
        return self._made


def _timeout(timeout_s: float) -> httpx.Timeout:
    return httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s))


def passed_on(response: httpx.Response) -> HttpResponse:
    """Make the peer's answer ours."""
    headers = {name: response.headers[name] for name in PASSED_ON if name in response.headers}
    content_type = headers.pop("Content-Type", JSON_CONTENT_TYPE)
    return HttpResponse(
        response.content,
        status=response.status_code,
        content_type=content_type,
        headers=headers,
    )
