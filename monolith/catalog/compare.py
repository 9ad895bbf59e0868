"""Decide whether two answers to one read agree; pure but for asking again."""

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve

from monolith.seams.peers import Peers

TRIES = 4
PAUSE_S = 0.05
PEER_TIMEOUT_S = 2.0

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparer:
    """Asks the service what we were asked, and both again before it calls them different."""

    peers: Peers
    ask_own: Callable[[str], Reading] | None = None
    sleep: Callable[[float], None] = time.sleep

    def compare(self, *, path: str, own: Reading) -> Verdict:
        """Compare one read."""
        ask_own = self.ask_own or read_here
        theirs = own
        for attempt in range(TRIES):
            if attempt:
                self.sleep(PAUSE_S * attempt)
                own = ask_own(path)
            try:
                response = self.peers.get(path, timeout_s=PEER_TIMEOUT_S)
            except httpx.TransportError:
                return Verdict(outcome="failed")
            theirs = Reading(status=response.status_code, body=response.content)
            outcome = judge(own=own, theirs=theirs)
            if outcome == "equal" and attempt:
                return Verdict(outcome="lagging")
            if outcome != "different":
                return Verdict(outcome=outcome)
        example = {"path": path, "own": _shown(own), "theirs": _shown(theirs)}
        return Verdict(outcome="different", example=example)


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


def read_here(path: str) -> Reading:
    """Answer a read with our own views, without the network and unwatched."""
    parts = urlsplit(path)
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "HTTP_X_SHADOW_READ": "1",
            "wsgi.input": io.BytesIO(),
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
