"""Writes that happen once: door, idempotency record, change and fact in one transaction.

* command  the record of a write, by its idempotency key
* door     handover.enter(): says in which term of ownership the write is made
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from extracted.chassis.database import Connection, Database, one
from extracted.chassis.logging import correlation_id
from extracted.chassis.owned import Owned, tried
from extracted.contracts.problems import ProblemError
from handover import tracing

_FIND: LiteralString = (
    "SELECT request_hash, aggregate_id, version, status, response FROM {} WHERE key = %s"
)
_INSERT: LiteralString = (
    "INSERT INTO {} (key, request_hash, aggregate_id, version, status, response, epoch, side, "
    "recorded_at) VALUES (%s, %s, %s, %s, %s, %s, %s, 'service', clock_timestamp()) RETURNING "
    "to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What was asked: the caller's key and the fingerprint of the request."""

    domain: str
    key: UUID
    request_hash: str
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a write did: the answer to record, and the rows that are now true.

    Either their images (`rows`), or what is said (`payload`) and which rows changed (`changed`,
    entity -> keys); then the database adds the images. The command's row is added to both. Without
    an event nobody is told but the other side.
    """

    aggregate_id: UUID
    version: int
    status: int
    event: str
    rows: tuple[dict[str, Any], ...] = ()
    payload: BaseModel | None = None
    changed: Mapping[str, Sequence[UUID]] = field(default_factory=dict)
    # What the fact is about, where that is not the aggregate.
    subject: UUID | None = None
    response: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The recorded answer of a command, new or replayed."""

    aggregate_id: UUID
    version: int
    status: int
    response: dict[str, Any] | None
    is_replay: bool


def write_once(
    database: Database, command: Command, execute: Callable[[Connection], Effect]
) -> Answer:
    """Execute a command, or return what it answered when it was executed before.

    Raises ProblemError when the key served another request, and what `execute` raises.
    """
    return tried(database, lambda: _attempt(database, command, execute))


def _attempt(
    database: Database, command: Command, execute: Callable[[Connection], Effect]
) -> Answer:
    with database.transaction() as connection:
        epoch = _enter(connection, command)
        if replay := recorded(connection, command):
            return replay
        effect = execute(connection)
        image = record_command(connection, command, effect, epoch)
        if effect.payload is None:
            _record_fact(connection, command, effect, image)
        else:
            Owned(connection=connection, domain=command.domain, epoch=epoch).say(
                effect.event,
                aggregate_id=effect.subject or effect.aggregate_id,
                payload=effect.payload,
                rows={**effect.changed, "command": [command.key]},
                traceparent=command.traceparent,
            )
    return Answer(
        aggregate_id=effect.aggregate_id,
        version=effect.version,
        status=effect.status,
        response=effect.response,
        is_replay=False,
    )


def _enter(connection: Connection, command: Command) -> int:
    # The second lock lets two requests with one key run one after the other: the later one then
    # finds the record, instead of tripping over the row of the first.
    row = one(
        connection.execute(
            "SELECT handover.enter(%s), pg_advisory_xact_lock(%s)",
            (command.domain, command.key.int % (1 << 63)),
        )
    )
    return int(row[0])


def recorded(connection: Connection, command: Command) -> Answer | None:
    """Return what a key was answered before; raises ProblemError when it asked another thing."""
    row = connection.execute(
        _statement(_FIND, command.domain),
        (command.key,),
    ).fetchone()
    if row is None:
        return None
    request_hash, aggregate_id, version, status, response = row
    if request_hash != command.request_hash:
        raise ProblemError("idempotency-key-reused")
    return Answer(
        aggregate_id=aggregate_id,
        version=version,
        status=status,
        response=response,
        is_replay=True,
    )


def record_command(
    connection: Connection, command: Command, effect: Effect, epoch: int
) -> dict[str, Any]:
    """Remember what a key is answered; return the image of the row."""
    response = None if effect.response is None else Jsonb(effect.response)
    row = one(
        connection.execute(
            _statement(_INSERT, command.domain),
            (
                command.key,
                command.request_hash,
                effect.aggregate_id,
                effect.version,
                effect.status,
                response,
                epoch,
            ),
        )
    )
    return {
        "key": str(command.key),
        "request_hash": command.request_hash,
        "aggregate_id": str(effect.aggregate_id),
        "version": effect.version,
        "status": effect.status,
        "response": effect.response,
        "epoch": epoch,
        "side": "service",
        "recorded_at": row[0],
    }


def _record_fact(
    connection: Connection, command: Command, effect: Effect, image: dict[str, Any]
) -> None:
    payload = {"rows": [*effect.rows, {"entity": "command", "op": "put", "image": image}]}
    connection.execute(
        "SELECT handover.record(%s, %s, %s, %s, %s, %s)",
        (
            command.domain,
            effect.event,
            str(effect.aggregate_id),
            Jsonb(payload),
            correlation_id.get(),
            tracing.current(command.traceparent),
        ),
    )


@cache
def _statement(template: LiteralString, domain: str) -> bytes:
    return sql.SQL(template).format(sql.Identifier(domain, "command")).as_bytes()
