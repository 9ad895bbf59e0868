"""The write transaction of a service's domain: through the door, tried again, told of in one fact.

* door   handover.enter(): says in which term of ownership the write is made
* rows   named by entity and key; the database adds their images to the fact
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from extracted.chassis.database import Connection, Database, one
from extracted.chassis.logging import correlation_id
from handover import tracing

TRIES = 3
_CONFLICTS = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.UniqueViolation,
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """An open write transaction of a domain, and the term of ownership it belongs to."""

    connection: Connection
    domain: str
    epoch: int

    def say(
        self,
        event: str,
        *,
        aggregate_id: object,
        payload: BaseModel,
        rows: Mapping[str, Iterable[UUID]],
        traceparent: str | None = None,
    ) -> None:
        """Say what became true, with the images of the rows that changed: entity -> keys."""
        named = [{"entity": name, "keys": [str(k) for k in keys]} for name, keys in rows.items()]
        self.connection.execute(
            "SELECT handover.record_rows(%s, %s, %s, %s::jsonb, %s, %s, %s)",
            (
                self.domain,
                event,
                str(aggregate_id),
                payload.model_dump_json(exclude={"rows"}),
                Jsonb(named),
                correlation_id.get(),
                tracing.current(traceparent),
            ),
        )


def write(database: Database, domain: str, work: Callable[[Owned], T]) -> T:
    """Do `work` in one write transaction; it must bear to be tried again. Raises what it raises."""

    def attempt() -> T:
        with database.transaction() as connection:
            row = one(connection.execute("SELECT handover.enter(%s)", (domain,)))
            return work(Owned(connection=connection, domain=domain, epoch=int(row[0])))

    return tried(database, attempt)


def tried(database: Database, attempt: Callable[[], T]) -> T:
    """Make a transaction again that met another, or a broken connection."""
    for tries_left in reversed(range(TRIES)):
        try:
            return attempt()
        except _CONFLICTS:
            if not tries_left:
                raise
        except psycopg.Error as error:
            # Whatever became of this one: what is written here is written once per key or id.
            if not tries_left or not database.has_mended(error):
                raise
    msg = "unreachable: the last try returns or raises"
    raise AssertionError(msg)
