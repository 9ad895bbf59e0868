"""Decide whether two answers to one read agree, asking again where they do not."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from django.db import connection

from monolith.seams.answers import Outcome, Reading, fields_of, judge, read_here
from monolith.seams.differences import Known, declared
from monolith.seams.peers import Peers

TRIES = 4
PAUSE_S = 0.05
PEER_TIMEOUT_S = 2.0
# So often our own side is asked again for the baseline. A field with two values that come by chance is
# taken for a difference one time in eight, and then has to be declared.
BASELINE = 2

_OUR_END = (
    "SELECT handover.stream_end(domain) FROM handover.ownership "
    "WHERE domain = %s AND bucket = 0 AND mode = 'OWNER'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a comparison went; `example` shows a difference, or what one was excused by."""

    outcome: Outcome
    example: dict[str, Any] | None = None


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
            if outcome != "different":
                return Verdict(outcome=outcome)
            fields = fields_of(own=own, theirs=theirs)
            if len(reasons := declared(fields, known)) == len(fields):
                return Verdict(outcome="excused", example={"path": path, "declared": reasons})
            return self._look_again(path, authorization, known)
        except httpx.HTTPError:
            return Verdict(outcome="failed")

    def _look_again(self, path: str, who: str | None, known: Sequence[Known]) -> Verdict:
        for attempt in range(TRIES):
            self.sleep(PAUSE_S * attempt)
            before = self.position.ours()
            own = self._ask_own(path, who)
            applied = self.position.theirs()
            theirs = self._ask_theirs(path, who)
            outcome = judge(own=own, theirs=theirs)
            if outcome != "different":
                return Verdict(outcome="agreed" if outcome == "equal" else outcome)
            if before is None or applied < before:
                continue
            noise = self._noise(path, who, own)
            if before == self.position.ours():
                return _weighed(path, own=own, theirs=theirs, noise=noise, known=known)
        return Verdict(outcome="lagging")

    def _noise(self, path: str, who: str | None, own: Reading) -> frozenset[str]:
        again = (self._ask_own(path, who) for _ in range(BASELINE))
        return frozenset[str]().union(*(fields_of(own=own, theirs=other) for other in again))

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


def _weighed(
    path: str, *, own: Reading, theirs: Reading, noise: frozenset[str], known: Sequence[Known]
) -> Verdict:
    fields = fields_of(own=own, theirs=theirs)
    reasons = declared(fields, known)
    found = {"path": path, "declared": reasons, "noise": sorted(fields & noise)}
    if left := fields - noise - reasons.keys():
        shown = {"own": _shown(own), "theirs": _shown(theirs)}
        return Verdict(outcome="different", example={**found, "fields": sorted(left), **shown})
    return Verdict(outcome="excused", example=found)


def _shown(reading: Reading) -> dict[str, Any]:
    return {"status": reading.status, "body": reading.body[:2000].decode(errors="replace")}
