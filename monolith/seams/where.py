"""Where a seam stands right now, asked of the database at most twice a second."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

from monolith.seams.stage import Stage

FRESH_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The run-time state of a seam."""

    stage: Stage = Stage.MONOLITH
    read_weight: int = 0
    shadow_sample: float = 0.0


def ask(domain: str) -> Standing:
    """Read the seam's row; a domain without one has not begun to move."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stage, read_weight, shadow_sample FROM handover.seam WHERE domain = %s",
            (domain,),
        )
        row = cursor.fetchone()
    if row is None:
        return Standing()
    return Standing(stage=Stage(row[0]), read_weight=row[1], shadow_sample=row[2])


class Where:
    """Remember for half a second where a seam stands; one thread asks, the others go on."""

    def __init__(
        self,
        domain: str,
        *,
        ask: Callable[[str], Standing] = ask,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._domain = domain
        self._ask = ask
        self._clock = clock
        self._asking = threading.Lock()
        self._known: tuple[float, Standing] | None = None

    def __call__(self) -> Standing:
        """Return the standing, at most half a second old unless it is being asked for."""
        known = self._known
        if known and self._clock() - known[0] < FRESH_S:
            return known[1]
        # Nobody waits for a refresh that another thread makes, except before the very first.
        if not self._asking.acquire(blocking=known is None) and known:
            return known[1]
        try:
            return self._refresh()
        finally:
            self._asking.release()

    def forget(self) -> None:
        """Ask again next time."""
        self._known = None

    def _refresh(self) -> Standing:
        standing = self._ask(self._domain)
        self._known = (self._clock(), standing)
        return standing
