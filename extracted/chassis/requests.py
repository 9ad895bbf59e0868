"""What the HTTP faces of all services have in common: reading a write, and answering."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from extracted.chassis.database import Connection, Database
from extracted.chassis.messages import Request, Response
from extracted.chassis.writes import Answer, Command, Effect, recorded, write_once
from extracted.contracts.http import (
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    parse_key,
    request_hash,
)
from extracted.contracts.problems import ProblemError

Write = Callable[[], Response]


def shown(value: BaseModel) -> Response:
    """Answer a read."""
    return Response(body=value.model_dump_json().encode())


def command_of(request: Request, *, domain: str, has_body: bool) -> Command:
    """Read whose command a request is; raises ProblemError."""
    # The key first, then the body: both sides name the same fault of a request that has several.
    key = parse_key(request.header(IDEMPOTENCY_KEY))
    body = request.json_body() if has_body else b""
    return Command(
        domain=domain,
        key=key,
        request_hash=_fingerprint(request, body),
        traceparent=request.header("traceparent"),
    )


def prepared(
    database: Database,
    command: Command,
    execute: Callable[[Connection], Effect],
    *,
    shape: type[BaseModel],
    headers: Mapping[str, str] | None = None,
    location: str | None = None,
) -> Write:
    """Return the write of a command; `location` is the collection of what a 201 has made."""

    def write() -> Response:
        answer = write_once(database, command, execute)
        return answered(answer, shape=shape, headers=headers or {}, location=location)

    return write


def once(
    database: Database,
    command: Command,
    work: Write,
    *,
    shape: type[BaseModel],
    headers: Mapping[str, str] | None = None,
    location: str | None = None,
) -> Response:
    """Answer what `work` does; where it refuses, what this key was answered before, if it was.

    What a request needs may be gone by the time it comes again, or nobody may be there to ask.
    """
    try:
        return work()
    except ProblemError:
        with database.transaction() as connection:
            known = recorded(connection, command)
        if known is None:
            raise
        return answered(known, shape=shape, headers=headers or {}, location=location)


def answered(
    answer: Answer, *, shape: type[BaseModel], headers: Mapping[str, str], location: str | None
) -> Response:
    """Answer a write with what was recorded of it."""
    said = dict(headers)
    if answer.is_replay:
        said[IDEMPOTENCY_REPLAYED] = "true"
    if location and answer.status == 201:
        said["Location"] = f"{location}/{answer.aggregate_id}"
    body = b"" if answer.response is None else _body(shape, answer.response)
    return Response(status=answer.status, body=body, headers=said)


def _body(shape: type[BaseModel], response: dict[str, Any]) -> bytes:
    # Through the contract: jsonb has forgotten the order of the keys.
    return shape.model_validate(response).model_dump_json().encode()


def _fingerprint(request: Request, body: bytes) -> str:
    try:
        return request_hash(method=request.method, path=request.path, body=body)
    except ValueError:
        # Not JSON: parse_body is about to say so, in its own words.
        return ""
