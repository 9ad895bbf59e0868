"""Write a fact beside the rows it describes: `recorded()` is the only way to change a domain's rows."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from pydantic import BaseModel

from monolith.web import correlation

_recording: ContextVar[str | None] = ContextVar("recording", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An open write transaction of a domain; `epoch` is the term of ownership it belongs to."""

    domain: str
    epoch: int

    def __call__(self, event: str, *, aggregate_id: object, payload: BaseModel) -> None:
        """Say what became true; it is published only if this transaction commits."""
        self._say("handover.record(%s, %s, %s, %s::jsonb, %s)", event, aggregate_id, payload)

    def with_rows(
        self,
        event: str,
        *,
        aggregate_id: object,
        payload: BaseModel,
        rows: Mapping[str, Iterable[UUID]],
    ) -> None:
        """Say what became true, with the images of the rows that changed: entity -> keys."""
        named = json.dumps(
            [{"entity": name, "keys": [str(key) for key in keys]} for name, keys in rows.items()]
        )
        call = "handover.record_rows(%s, %s, %s, %s::jsonb, %s::jsonb, %s)"
        self._say(call, event, aggregate_id, payload, named)

    def _say(
        self, call: str, event: str, aggregate_id: object, payload: BaseModel, *more: str
    ) -> None:
        body = payload.model_dump_json(exclude={"rows"} if more else None)
        values = (self.domain, event, str(aggregate_id), body, *more, correlation.current())
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {call}", values)


@contextmanager
def recorded(domain: str) -> Iterator[Record]:
    """Open a write transaction of `domain`, through its door.

    The door comes before any lock on a row: a writer that held a row and then queued behind a
    release would form a cycle with it.
    """
    token = _recording.set(domain)
    try:
        with transaction.atomic():
            yield Record(domain=domain, epoch=_enter(domain))
    finally:
        _recording.reset(token)


def recording() -> str | None:
    """Name the domain whose write transaction is open here, if any."""
    return _recording.get()


def _enter(domain: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT handover.enter(%s)", (domain,))
        return int(cursor.fetchone()[0])
