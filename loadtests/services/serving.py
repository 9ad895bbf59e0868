"""How long processors worked for a side: its serving processes, and its database's backends.

* **side**: the monolith or a service; **backends**: PostgreSQL's processes for one database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil
import psycopg

Seconds = Mapping[int, float]
"""By process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What was used until now."""

    serving: Seconds
    backends: Seconds

    def since(self, before: Effort) -> tuple[float, float]:
        """Seconds of the serving processes, and of the backends, since then."""
        return used(before.serving, self.serving), used(before.backends, self.backends)


def used(before: Seconds, after: Seconds) -> float:
    """The seconds in between; a process that was not there before began at nothing."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def effort(pids: Iterable[int], *, database_url: str) -> Effort:
    """Look now."""
    return Effort(serving=_families(pids), backends=_backends(database_url))


def _families(pids: Iterable[int]) -> dict[int, float]:
    found: dict[int, float] = {}
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            for member in (process, *process.children(recursive=True)):
                found |= _seconds(member.pid)
    return found


def _backends(database_url: str) -> dict[int, float]:
    query = (
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(database_url, application_name="bench") as connection:
        pids = [int(pid) for (pid,) in connection.execute(query)]
    found: dict[int, float] = {}
    for pid in pids:
        found |= _seconds(pid)
    return found


def _seconds(pid: int) -> dict[int, float]:
    # Gone in between: what it used is lost to us, and it was hardly anything.
    with suppress(psutil.NoSuchProcess):
        times = psutil.Process(pid).cpu_times()
        return {pid: times.user + times.system}
    return {}
