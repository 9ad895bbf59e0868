"""Write a fact beside the rows it describes: `recorded()` is the only way to change a domain's rows."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction
from pydantic import BaseModel

from handover import tracing
from monolith.web import correlation

_recording: ContextVar[str | None] = ContextVar("recording", default=None)


@dataclass(slots=True, kw_only=True)
class _Fact:
    event: str
    aggregate_id: str
    payload: BaseModel
    rows: dict[str, list[UUID]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An open write transaction of a domain; `epoch` is the term of ownership it belongs to."""

    domain: str
    epoch: int
    _facts: list[_Fact] = field(default_factory=list)

    def __call__(self, event: str, *, aggregate_id: object, payload: BaseModel) -> None:
        """Say what became true; it is published only if this transaction commits."""
        body = payload.model_dump_json()
        self._say("handover.record(%s, %s, %s, %s::jsonb, %s, %s)", event, str(aggregate_id), body)

    def with_rows(
        self,
        event: str,
        *,
        aggregate_id: object,
        payload: BaseModel,
        rows: Mapping[str, Iterable[UUID]],
    ) -> None:
        """Say what became true, with the rows that changed (entity -> keys).

        Their images are taken at the end of the transaction, when no row changes any more.
        """
        named = {entity: list(keys) for entity, keys in rows.items()}
        self._facts.append(
            _Fact(event=event, aggregate_id=str(aggregate_id), payload=payload, rows=named)
        )

    def also(self, entity: str, key: UUID) -> None:
        """Add a row to what was said last; raises IndexError when nothing was said."""
        self._facts[-1].rows.setdefault(entity, []).append(key)

    def tell(self) -> None:
        """Write down what was said with rows."""
        call = "handover.record_rows(%s, %s, %s, %s::jsonb, %s::jsonb, %s, %s)"
        for fact in self._facts:
            named = json.dumps(
                [{"entity": e, "keys": [str(key) for key in keys]} for e, keys in fact.rows.items()]
            )
            body = fact.payload.model_dump_json(exclude={"rows"})
            self._say(call, fact.event, fact.aggregate_id, body, named)
        self._facts.clear()

    def _say(self, call: str, *values: str) -> None:
        with connection.cursor() as cursor:
            told = (correlation.current(), tracing.current())
            cursor.execute(f"SELECT {call}", (self.domain, *values, *told))


@contextmanager
def recorded(domain: str) -> Iterator[Record]:
    """Open a write transaction of `domain`, through its door.

    The door comes before any lock on a row: a writer that held a row and then queued behind a
    release would form a cycle with it.
    """
    token = _recording.set(domain)
    try:
        with transaction.atomic():
            record = Record(domain=domain, epoch=_enter(domain))
            yield record
            record.tell()
    finally:
        _recording.reset(token)


def recording() -> str | None:
    """Name the domain whose write transaction is open here, if any."""
    return _recording.get()


def _enter(domain: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT handover.enter(%s)", (domain,))
        return int(cursor.fetchone()[0])
