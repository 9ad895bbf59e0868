"""What one side answered to a read, and whether two such answers are the same."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve

from monolith.seams.differences import BODY, STATUS, differing

Outcome = Literal["equal", "agreed", "excused", "noisy", "lagging", "different", "failed"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one side answered."""

    status: int
    body: bytes

    @property
    def is_broken(self) -> bool:
        """Whether nobody answered the question."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def kind(self) -> str:
        """What sort of answer it is, where two sides agree soon: they know nothing, or nothing is there."""
        if self.status >= HTTPStatus.MULTIPLE_CHOICES:
            return str(self.status)
        page = parsed(self)
        return "empty" if isinstance(page, dict) and page.get("items") == [] else ""


def judge(*, own: Reading, theirs: Reading) -> Outcome:
    """Compare two answers as they are."""
    if theirs.is_broken:
        return "failed"
    if own == theirs:
        return "equal"
    if not fields_of(own=own, theirs=theirs):
        return "equal"
    ours, other = parsed(own), parsed(theirs)
    here, there = dict(_versions(ours)), dict(_versions(other))
    if any(there[key] < here[key] for key in here.keys() & there.keys()):
        return "lagging"
    return "different"


def fields_of(*, own: Reading, theirs: Reading) -> frozenset[str]:
    """Name what differs: fields of the body, the status, or a body that is no JSON."""
    if own.status != theirs.status:
        return frozenset({STATUS})
    ours, other = parsed(own), parsed(theirs)
    if ours is None or other is None:
        return frozenset() if own.body == theirs.body else frozenset({BODY})
    return differing(ours, other)


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


def parsed(reading: Reading) -> Any:
    """Read a body; None for what is no JSON."""
    try:
        return json.loads(reading.body)
    except ValueError:
        return None
