"""The writes of a domain, awaited where they are to come to: by some requests, one of which looks for all."""

import threading
import time
from functools import cache

from django.db import DatabaseError, connection

from monolith.seams.fence import owns

LOOK_EVERY_S = 0.005
# Of the threads that answer requests, so many may wait: the others have reads to answer.
AT_ONCE = 8


class Arrival:
    """Tells all who wait as soon as the writes of `domain` are the monolith's."""

    def __init__(self, domain: str, *, at_once: int = AT_ONCE) -> None:
        self._domain = domain
        self._room = threading.Semaphore(at_once)
        self._looking = threading.Lock()

    def within(self, seconds: float) -> bool:
        """Whether the writes are here before so many seconds are over; False at once when many wait."""
        if not self._room.acquire(blocking=False):
            return False
        try:
            return self._look(until=time.monotonic() + seconds)
        finally:
            self._room.release()

    def _look(self, *, until: float) -> bool:
        # In turn: the next one has its answer as soon as the one before has, without many questions.
        while (left_s := until - time.monotonic()) > 0:
            if self._looking.acquire(timeout=left_s):
                try:
                    if self._is_here():
                        return True
                    time.sleep(LOOK_EVERY_S)
                finally:
                    self._looking.release()
        return False

    def _is_here(self) -> bool:
        try:
            return owns(self._domain)
        except DatabaseError:
            return False
        finally:
            let_go_of_the_connection()


def let_go_of_the_connection() -> None:
    """Others may need it while we wait. Inside a transaction (tests only) it is not ours to give."""
    if not connection.in_atomic_block:
        connection.close()


@cache
def arrival_of(domain: str) -> Arrival:
    """The one of this process."""
    return Arrival(domain)
