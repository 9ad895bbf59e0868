"""Decide whether two answers to one read agree; pure but for asking again."""

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import httpx
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.urls import resolve

from monolith.seams.peers import Peers

TRIES = 4
PAUSE_S = 0.05
PEER_TIMEOUT_S = 2.0

_OUR_END = (
    "SELECT handover.stream_end(domain) FROM handover.ownership "
    "WHERE domain = %s AND bucket = 0 AND mode = 'OWNER'"
)

Outcome = Literal["equal", "lagging", "different", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one side answered."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a comparison went; `example` shows a difference."""

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
    """

    peers: Peers
    position: Position
    ask_own: Callable[[str, str | None], Reading] | None = None
    sleep: Callable[[float], None] = time.sleep

    def compare(self, *, path: str, own: Reading, authorization: str | None = None) -> Verdict:
        """Compare one read, asked by the same person."""
        try:
            outcome = judge(own=own, theirs=self._ask_theirs(path, authorization))
            if outcome != "different":
                return Verdict(outcome=outcome)
            return self._look_again(path, authorization)
        except httpx.HTTPError:
            return Verdict(outcome="failed")

    def _look_again(self, path: str, who: str | None) -> Verdict:
        ask_own = self.ask_own or read_here
        for attempt in range(TRIES):
            self.sleep(PAUSE_S * attempt)
            before = self.position.ours()
            own = ask_own(path, who)
            applied = self.position.theirs()
            theirs = self._ask_theirs(path, who)
            outcome = judge(own=own, theirs=theirs)
            if outcome in {"equal", "lagging"}:
                return Verdict(outcome="lagging")
            if outcome == "failed":
                return Verdict(outcome="failed")
            if before is not None and before == self.position.ours() and before <= applied:
                example = {"path": path, "own": _shown(own), "theirs": _shown(theirs)}
                return Verdict(outcome="different", example=example)
        return Verdict(outcome="lagging")

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


def judge(*, own: Reading, theirs: Reading) -> Outcome:
    """Compare two answers as they are."""
    if theirs.status >= 500:
        return "failed"
    if own == theirs:
        return "equal"
    ours, other = _parsed(own), _parsed(theirs)
    if own.status == theirs.status and ours == other:
        return "equal"
    here, there = dict(_versions(ours)), dict(_versions(other))
    if any(there[key] < here[key] for key in here.keys() & there.keys()):
        return "lagging"
    return "different"


def read_here(path: str, authorization: str | None = None) -> Reading:
    """Answer a read with our own views, without the network and unwatched."""
    parts = urlsplit(path)
    who = {"HTTP_AUTHORIZATION": authorization} if authorization else {}
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "HTTP_X_SHADOW_READ": "1",
            "wsgi.input": io.BytesIO(),
            **who,
        }
    )
    match = resolve(parts.path)
    response = match.func(request, *match.args, **match.kwargs)
    if hasattr(response, "render"):
        response.render()
    return Reading(status=response.status_code, body=response.content)


def _versions(value: Any) -> Iterator[tuple[str, int]]:
    items = value.get("items", [value]) if isinstance(value, dict) else []
    for item in items:
        if isinstance(item, dict) and {"id", "version"} <= item.keys():
            yield item["id"], item["version"]


def _parsed(reading: Reading) -> Any:
    try:
        return json.loads(reading.body)
    except ValueError:
        return None


def _shown(reading: Reading) -> dict[str, Any]:
    return {"status": reading.status, "body": reading.body[:2000].decode(errors="replace")}
