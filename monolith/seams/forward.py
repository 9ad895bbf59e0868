"""A write at the wrong side waits for the owner instead of failing.

We try here; refused, we ask the other side, where it waits a little for the ownership to follow it;
refused there too, we try again, until one side takes it or the client's patience ends. The same
Idempotency-Key travels along, so a lost answer can be asked for again at either side.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import httpx
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import Counter

from extracted.contracts.http import (
    FIRST_RETRY_S,
    HELD_S,
    LAST_RETRY_S,
    PEER_TIMEOUT_S,
    WRITE_DEADLINE_S,
)
from extracted.contracts.problems import ProblemError
from monolith.seams.arrival import arrival_of, let_go_of_the_connection
from monolith.seams.fence import NotOwner
from monolith.seams.peers import Peers, passed_on
from monolith.seams.writes import Write

log = logging.getLogger(__name__)

FORWARDED = Counter(
    "monolith_forwarded_writes_total",
    "Tries to pass a write on to the other side, by what came of it.",
    ("outcome",),
)
# What a peer answers when another try may find it, or us, able: not the owner, or not there.
NOT_NOW = frozenset({421, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to look for the owner, and how to wait in between."""

    deadline_s: float = WRITE_DEADLINE_S
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def settle(
    write: Write,
    *,
    local: Callable[[], HttpResponseBase],
    peers: Peers,
    patience: Patience | None = None,
) -> HttpResponseBase:
    """Do the write on the side that owns it; raises ProblemError 421 or 503."""
    patience = patience or Patience()
    gives_up_at = patience.clock() + patience.deadline_s
    pause_s = FIRST_RETRY_S
    while True:
        try:
            return local()
        except NotOwner as refused:
            if write.is_forwarded:
                return _held(refused.domain, local)
        let_go_of_the_connection()
        left_s = gives_up_at - patience.clock()
        if left_s > 0 and peers and (answer := _ask(peers, write, left_s=left_s)):
            return answer
        if patience.clock() + pause_s >= gives_up_at:
            FORWARDED.labels("gave_up").inc()
            raise ProblemError("write-unavailable", headers={"Retry-After": "1"})
        patience.sleep(pause_s)
        pause_s = min(pause_s * 2, LAST_RETRY_S)


def _held(domain: str, local: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Whoever passed it on has refused it as well: the ownership may be on its way to us."""
    let_go_of_the_connection()
    if arrival_of(domain).within(HELD_S):
        with suppress(NotOwner):
            return local()
    raise ProblemError("not-owner")


def _ask(peers: Peers, write: Write, *, left_s: float) -> HttpResponse | None:
    try:
        response = peers.pass_on(write, timeout_s=min(PEER_TIMEOUT_S, left_s))
    except httpx.TransportError as error:
        FORWARDED.labels("unreachable").inc()
        log.info("peer did not answer a forwarded write", extra={"reason": repr(error)})
        return None
    if response.status_code in NOT_NOW:
        FORWARDED.labels("refused").inc()
        return None
    FORWARDED.labels("answered").inc()
    return passed_on(response)
