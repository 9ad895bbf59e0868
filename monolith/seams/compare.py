"""Decide whether two answers to one read agree, asking again where they do not."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx
from django.db import connection

from monolith.seams.answers import Reading, fields_of, judge, read_here
from monolith.seams.differences import STATUS, Known
from monolith.seams.peers import Peers
from monolith.seams.weighing import Verdict, weighed

TRIES = 6
PAUSE_S = 0.1
PEER_TIMEOUT_S = 2.0
# So often our own side is asked again for the baseline. A field with two values that come by chance is
# taken for a difference one time in eight, and then has to be declared.
BASELINE = 2

_OUR_END = (
    "SELECT handover.stream_end(domain) FROM handover.ownership "
    "WHERE domain = %s AND bucket = 0 AND mode = 'OWNER'"
)


class Position(Protocol):
    """How far our stream reaches, and how far the service has applied it."""

    def ours(self) -> int | None:
        """Count the messages written here so far; None while we do not own the domain."""
        ...

    def theirs(self) -> int:
        """Count the messages the service has applied; raises httpx.HTTPError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparer:
    """Asks the service what we were asked, and both again before it calls them different.

    Different they are only when we owned the domain and the stream was at rest while both were
    asked: what the service has applied reaches as far as what was written here, before and after.
    Anything else is lag: theirs, or ours while the service owns and our copy follows.

    What differs at rest is held against a baseline: in which fields do our own answers differ?
    """

    peers: Peers
    position: Position
    ask_own: Callable[[str, str | None], Reading] | None = None
    sleep: Callable[[float], None] = time.sleep

    def compare(
        self,
        *,
        path: str,
        own: Reading,
        authorization: str | None = None,
        known: Sequence[Known] = (),
    ) -> Verdict:
        """Compare one read, asked by the same person; `known` is what may differ in it."""
        try:
            theirs = self._ask_theirs(path, authorization)
            outcome = judge(own=own, theirs=theirs)
            if outcome in {"equal", "failed"}:
                return Verdict(outcome=outcome, kind=own.kind)
            as_it_is = weighed(path, own=own, theirs=theirs, known=known)
            if outcome == "different" and as_it_is.outcome == "excused":
                return as_it_is
            return self._look_again(path, authorization, known)
        except httpx.HTTPError:
            return Verdict(outcome="failed", kind=own.kind)

    def _look_again(self, path: str, who: str | None, known: Sequence[Known]) -> Verdict:
        kind = ""
        for attempt in range(TRIES):
            self.sleep(PAUSE_S * attempt)
            before = self.position.ours()
            own = self._ask_own(path, who)
            applied = self.position.theirs()
            theirs = self._ask_theirs(path, who)
            kind = own.kind
            if own.is_broken:
                continue
            outcome = judge(own=own, theirs=theirs)
            if outcome in {"equal", "failed"}:
                said = "agreed" if outcome == "equal" else outcome
                return Verdict(outcome=said, kind=kind)
            # What is behind now may have come at the next look.
            if (
                outcome == "lagging"
                or before is None
                or applied < before
                or before != self.position.ours()
            ):
                continue
            noise = self._noise(path, who)
            if noise is not None:
                return weighed(path, own=own, theirs=theirs, known=known, noise=noise)
        return Verdict(outcome="lagging", kind=kind)

    def _noise(self, path: str, who: str | None) -> frozenset[str] | None:
        """In which fields our own answers differ while nothing is written; None: never at rest."""
        for _ in range(TRIES):
            before = self.position.ours()
            first, *again = (self._ask_own(path, who) for _ in range(1 + BASELINE))
            is_answered = not any(one.is_broken for one in (first, *again))
            if is_answered and before is not None and before == self.position.ours():
                found = (fields_of(own=first, theirs=other) for other in again)
                # Who is let in one time and not the other is no matter of chance.
                return frozenset[str]().union(*found) - {STATUS}
        return None

    def _ask_own(self, path: str, who: str | None) -> Reading:
        return (self.ask_own or read_here)(path, who)

    def _ask_theirs(self, path: str, who: str | None) -> Reading:
        response = self.peers.get(path, timeout_s=PEER_TIMEOUT_S, authorization=who)
        return Reading(status=response.status_code, body=response.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPosition:
    """The position of a domain's stream, from our database and from a peer."""

    domain: str
    peers: Peers

    def ours(self) -> int | None:
        """Ask our database, for both in one snapshot."""
        with connection.cursor() as cursor:
            cursor.execute(_OUR_END, (self.domain,))
            row = cursor.fetchone()
        return row and int(row[0])

    def theirs(self) -> int:
        """Ask a peer; raises httpx.HTTPError."""
        response = self.peers.get(f"/streams/{self.domain}", timeout_s=PEER_TIMEOUT_S)
        return int(response.raise_for_status().json()["applied"])
