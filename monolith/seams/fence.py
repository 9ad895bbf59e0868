"""The fence as Django sees it: which refusals of the database mean `we do not own this`."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError

from monolith.outbox.record import Record, recorded

REFUSED = "DM001"


class NotOwner(Exception):
    """This side does not own the domain's writes at this moment."""

    def __init__(self, domain: str) -> None:
        super().__init__(f"the monolith does not own the writes of {domain}")
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


def is_refusal(error: DatabaseError) -> bool:
    """Whether the door or the fence raised this."""
    return getattr(error.__cause__, "sqlstate", None) == REFUSED
