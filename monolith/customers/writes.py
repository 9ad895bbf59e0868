"""A write as it arrives at the edge: read and checked."""

from typing import TypeVar

from django.http import HttpRequest
from pydantic import BaseModel
from rest_framework.response import Response

from extracted.contracts.http import (
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    check_body,
    parse_body,
    parse_key,
    request_hash,
)
from monolith.customers.once import Answer, Attempt

Input = TypeVar("Input", bound=BaseModel)


def read_write(request: HttpRequest, model: type[Input]) -> tuple[Attempt, Input]:
    """Read a write with a JSON body; raises ProblemError."""
    # The key first, then the body, as the services do: the same fault is named of several.
    parse_key(request.headers.get(IDEMPOTENCY_KEY))
    check_body(content_type=request.headers.get("Content-Type"), length=len(request.body))
    command = parse_body(model, request.body)
    return _attempt(request, body=request.body), command


def read_bare_write(request: HttpRequest) -> Attempt:
    """Read a write without a body; raises ProblemError."""
    return _attempt(request, body=b"")


def _attempt(request: HttpRequest, *, body: bytes) -> Attempt:
    return Attempt(
        key=parse_key(request.headers.get(IDEMPOTENCY_KEY)),
        request_hash=request_hash(method=request.method or "", path=request.path, body=body),
    )


def respond(answer: Answer, *, headers: dict[str, str] | None = None) -> Response:
    """Turn the answer of an action into a response."""
    sent = dict(headers or {})
    if answer.replayed:
        sent[IDEMPOTENCY_REPLAYED] = "true"
    return Response(answer.value, status=answer.status, headers=sent)
