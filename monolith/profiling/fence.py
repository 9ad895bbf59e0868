"""What the fence costs a write: one request with it and without it, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from unittest.mock import patch

import psycopg
from psycopg import sql

from monolith.outbox import record
from monolith.profiling.visits import Visit

# What `stack scratch` calls its databases: nobody's shop.
SCRATCH = "scratch_"
WARM_UP = 5
"""Requests of each turn that are thrown away: the database plans anew when a trigger comes or goes."""
_NETS = """
SELECT n.nspname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE t.tgname = 'handover_fence'
"""


class NotScratchError(Exception):
    """Somebody's shop would stand without its fence for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FenceCost:
    """Medians of one request, in milliseconds; `ratio` is that with the fence, of that without."""

    requests: int
    with_ms: float
    without_ms: float

    @property
    def ratio(self) -> float:
        return self.with_ms / self.without_ms


@contextmanager
def taken_down(owner_url: str) -> Iterator[None]:
    """No net on any table and no call of the door; raises NotScratchError."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        if not owner.info.dbname.startswith(SCRATCH):
            raise NotScratchError(owner.info.dbname)
        nets = owner.execute(_NETS).fetchall()
        try:
            _switch(owner, nets, "DISABLE")
            with patch.object(record, "_enter", lambda _domain: 1):
                yield
        finally:
            _switch(owner, nets, "ENABLE")


def _switch(owner: psycopg.Connection, nets: list[tuple[str, str]], state: str) -> None:
    for net in nets:
        statement = sql.SQL("ALTER TABLE {} {} TRIGGER handover_fence")
        owner.execute(statement.format(sql.Identifier(*net), sql.SQL(state)))


def compare(visit: Visit, *, owner_url: str, rounds: int, requests: int) -> FenceCost:
    """Ask in turns (A B B A), so that what gets slower with time does so for both."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds):
        for is_up in (True, False) if number % 2 else (False, True):
            fence: AbstractContextManager[None] = nullcontext() if is_up else taken_down(owner_url)
            with fence:
                times[is_up] += _timed(visit, requests)
    return FenceCost(
        requests=len(times[True]),
        with_ms=statistics.median(times[True]),
        without_ms=statistics.median(times[False]),
    )


def _timed(visit: Visit, requests: int) -> list[float]:
    for _ in range(WARM_UP):
        visit()
    times = []
    for _ in range(requests):
        begin = time.perf_counter()
        visit()
        times.append((time.perf_counter() - begin) * 1_000)
    return times
