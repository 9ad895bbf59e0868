"""A write at the side that does not own it: pass it on, with its key, until one side takes it.

While ownership travels neither side takes it. Who was passed a write waits a little for the
ownership to follow it; else both are tried in turn: a write is slow then, not refused. The
idempotency key makes every further try safe.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any

import eventlet
import httpx
from nameko.extensions import DependencyProvider

from extracted.chassis.arrival import Arrival
from extracted.chassis.database import Database, DatabaseProvider
from extracted.chassis.messages import Request, Response
from extracted.chassis.metrics import WRITES_FORWARDED
from extracted.chassis.owned import NotOwner, is_owner
from extracted.chassis.trust import authorities
from extracted.contracts.http import (
    CORRELATION_ID,
    FIRST_RETRY_S,
    FORWARDED_WRITE,
    HELD_S,
    IDEMPOTENCY_KEY,
    LAST_RETRY_S,
    PASSED_ON,
    PEER_TIMEOUT_S,
    WRITE_DEADLINE_S,
)
from extracted.contracts.problems import ProblemError
from handover import tracing

CONNECT_TIMEOUT_S = 0.5
# What a peer answers while it cannot take the write: it does not own it, or it is on its way out.
_TRY_AGAIN = frozenset({421, 502, 503, 504})
_SENT_ON = ("Content-Type", IDEMPOTENCY_KEY, tracing.HEADER, "Authorization")

log = logging.getLogger(__name__)


class Peer:
    """The other side of the seam, at its own address: the gateway may not know the owner yet."""

    def __init__(self, urls: Sequence[str], *, arrival: Arrival) -> None:
        self._client = httpx.Client(
            timeout=httpx.Timeout(PEER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
            trust_env=False,
            verify=authorities(),
        )
        self._urls = cycle(urls)
        self._arrival = arrival

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def at_owner(self, request: Request, write: Callable[[], Response]) -> Response:
        """Run `write` here if we own it, else pass the request on; raises ProblemError."""
        deadline = time.monotonic() + WRITE_DEADLINE_S
        pause_s = FIRST_RETRY_S
        while True:
            try:
                return write()
            except NotOwner:
                if request.header(FORWARDED_WRITE):
                    return self._held(write)
            left_s = deadline - time.monotonic()
            if left_s > 0 and (response := self._pass_on(request, timeout_s=left_s)):
                return response
            if time.monotonic() + pause_s >= deadline:
                raise ProblemError("write-unavailable", headers={"Retry-After": "1"})
            eventlet.sleep(pause_s)
            pause_s = min(pause_s * 2, LAST_RETRY_S)

    def _held(self, write: Callable[[], Response]) -> Response:
        """Whoever passed it on has refused it as well: the ownership may be on its way to us."""
        if self._arrival.within(HELD_S):
            with suppress(NotOwner):
                return write()
        raise ProblemError("not-owner")

    def _pass_on(self, request: Request, *, timeout_s: float) -> Response | None:
        query = f"?{request.raw_query}" if request.raw_query else ""
        try:
            answer = self._client.request(
                request.method,
                f"{next(self._urls)}{request.path}{query}",
                content=request.raw_body or None,
                headers=_headers(request),
                timeout=httpx.Timeout(
                    min(PEER_TIMEOUT_S, timeout_s), connect=min(CONNECT_TIMEOUT_S, timeout_s)
                ),
            )
        except httpx.HTTPError as error:
            WRITES_FORWARDED.labels("unreachable").inc()
            log.info("peer unreachable", extra={"reason": repr(error)})
            return None
        if answer.status_code in _TRY_AGAIN:
            WRITES_FORWARDED.labels("refused").inc()
            return None
        WRITES_FORWARDED.labels("answered").inc()
        passed_on = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
        return Response(status=answer.status_code, body=answer.content, headers=passed_on)


def _headers(request: Request) -> httpx.Headers:
    sent_on = {name: value for name in _SENT_ON if (value := request.header(name))}
    more = {FORWARDED_WRITE: "1", CORRELATION_ID: request.correlation_id}
    # As they came: WSGI hands over bytes as latin-1, and the owner shall refuse what we would not send.
    return httpx.Headers({**sent_on, **tracing.headers(), **more}, encoding="latin-1")


class PeerProvider(DependencyProvider):
    """Gives workers the Peer."""

    peer: Peer

    def setup(self) -> None:
        """Prepare the client."""
        settings = self.container.config["SETTINGS"]
        arrival = Arrival(lambda: is_owner(self._database(), settings.service))
        self.peer = Peer(settings.peer_urls, arrival=arrival)

    def stop(self) -> None:
        """Close the client."""
        self.peer.close()

    def get_dependency(self, _: Any) -> Peer:
        """Return the Peer."""
        return self.peer

    def _database(self) -> Database:
        of_all = self.container.dependencies
        return next(one.database for one in of_all if isinstance(one, DatabaseProvider))
