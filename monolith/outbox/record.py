"""Write a fact beside the rows it describes: `recorded()` is the only way to change a domain's rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

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
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT handover.record(%s, %s, %s, %s::jsonb, %s)",
                (
                    self.domain,
                    event,
                    str(aggregate_id),
                    payload.model_dump_json(),
                    correlation.current(),
                ),
            )


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
