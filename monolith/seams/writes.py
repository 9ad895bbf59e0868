"""A write as it arrives at the edge: read, checked, and ready to be passed on."""

from dataclasses import dataclass
from typing import TypeVar

from django.http import HttpRequest
from pydantic import BaseModel
from rest_framework.response import Response

from extracted.contracts.http import (
    FORWARDED_WRITE,
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    check_body,
    parse_body,
    parse_key,
    request_hash,
)
from extracted.contracts.identity import AUTHORIZATION
from monolith.outbox.once import Answer, Attempt

Input = TypeVar("Input", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What the client sent; `is_forwarded` when the other side already tried."""

    method: str
    path: str
    body: bytes
    attempt: Attempt
    is_forwarded: bool
    # Whose write it is, for the other side to verify once more.
    authorization: str | None = None


def read_write(request: HttpRequest, model: type[Input]) -> tuple[Write, Input]:
    """Read a write with a JSON body; raises ProblemError."""
    # The key first, then the body: both sides name the same fault of a request that has several.
    parse_key(request.headers.get(IDEMPOTENCY_KEY))
    check_body(content_type=request.headers.get("Content-Type"), length=len(request.body))
    command = parse_body(model, request.body)
    return _write(request, body=request.body), command


def read_bare_write(request: HttpRequest) -> Write:
    """Read a write without a body; raises ProblemError."""
    return _write(request, body=b"")


def _write(request: HttpRequest, *, body: bytes) -> Write:
    method = request.method or ""
    return Write(
        method=method,
        path=request.path,
        body=body,
        attempt=Attempt(
            key=parse_key(request.headers.get(IDEMPOTENCY_KEY)),
            request_hash=request_hash(method=method, path=request.path, body=body),
        ),
        is_forwarded=FORWARDED_WRITE in request.headers,
        authorization=request.headers.get(AUTHORIZATION),
    )


def respond(answer: Answer, *, headers: dict[str, str] | None = None) -> Response:
    """Turn the answer of an action into a response."""
    sent = dict(headers or {})
    if answer.replayed:
        sent[IDEMPOTENCY_REPLAYED] = "true"
    return Response(answer.value, status=answer.status, headers=sent)
