"""The fence as Django sees it: which refusals of the database mean `we do not own this`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import DatabaseError, connection
from django.db.backends.utils import CursorWrapper

from extracted.contracts.problems import ProblemError
from monolith.outbox.record import Record, recorded

T = TypeVar("T")
REFUSED = "DM001"
# The lock of handover.enter(): writers share it, a release wants it alone.
_DOOR = "4711, handover.lock_key(%s)"


class NotOwner(Exception):
    """The side asked does not own the domain's writes at this moment."""

    def __init__(self, domain: str, *, side: str = "monolith") -> None:
        super().__init__(f"the {side} does not own the writes of {domain}")
        self.domain = domain


@contextmanager
def owned(domain: str) -> Iterator[Record]:
    """Open a write transaction of `domain`; raises NotOwner when another side owns its writes."""
    try:
        with recorded(domain) as record:
            yield record
    except DatabaseError as error:
        if is_refusal(error):
            raise NotOwner(domain) from error
        raise


def owns(domain: str) -> bool:
    """Whether the monolith owns the writes of `domain` at this moment."""
    with connection.cursor() as cursor:
        return _owns(cursor, domain)


def of_owner(domain: str, work: Callable[[], T]) -> T:
    """Return what `work` returns; its refusals count only where the domain is owned.

    A copy may lag: what it does not know yet, or any more, is the owner's to say. Raises NotOwner.
    """
    # Before the work: what is refused by a copy must not count because the copy owns by now.
    counts = owns(domain)
    try:
        return work()
    except ProblemError as refusal:
        if counts:
            raise
        raise NotOwner(domain) from refusal


def is_open(domain: str) -> bool:
    """Pass the door of `domain` in an open transaction, unless that means to wait or we do not own.

    For a write beside one of another domain: who holds that domain's locks must not queue behind a
    release of this one, or others could wait for both in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock_shared({_DOOR})", (domain,))
        return bool(cursor.fetchone()[0]) and _owns(cursor, domain)


@contextmanager
def held(domain: str) -> Iterator[bool]:
    """Keep the writes of `domain` where they are while something is done outside of the database.

    No transaction stays open meanwhile: the lock is the session's, so a release waits for its end, and
    it ends with us. Yields False, and keeps nothing, when we do not own or a release is waiting.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock_shared({_DOOR})", (domain,))
        if not cursor.fetchone()[0]:
            yield False
            return
        try:
            yield _owns(cursor, domain)
        finally:
            cursor.execute(f"SELECT pg_advisory_unlock_shared({_DOOR})", (domain,))


def _owns(cursor: CursorWrapper, domain: str) -> bool:
    # A statement of its own: it must see what was committed before we had the lock.
    cursor.execute(
        "SELECT mode = 'OWNER' FROM handover.ownership WHERE domain = %s AND bucket = 0", (domain,)
    )
    row = cursor.fetchone()
    return bool(row and row[0])


def is_refusal(error: DatabaseError) -> bool:
    """Whether the door or the fence raised this."""
    return getattr(error.__cause__, "sqlstate", None) == REFUSED
