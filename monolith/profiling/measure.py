"""How long a request takes, what of that is SQL, and which functions the rest went to."""

import cProfile
import pstats
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from monolith.profiling.visits import Visit

WARM_UP = 20
"""Requests thrown away first: imports, prepared statements, caches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hot:
    """A function, and its own share of the profiled time, without what it calls."""

    share: float
    calls: float
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One endpoint, per request; times in milliseconds. `cpu` is this process's, not PostgreSQL's."""

    name: str
    wall: float
    cpu: float
    sql: float
    queries: float
    functions: tuple[Hot, ...]


@dataclass(slots=True)
class _Sql:
    queries: int = 0
    seconds: float = 0.0

    def __call__(self, execute: Callable[..., Any], *call: Any) -> Any:
        begin = time.perf_counter()
        try:
            return execute(*call)
        finally:
            self.queries += 1
            self.seconds += time.perf_counter() - begin


def measure(name: str, visit: Visit, *, requests: int, top: int) -> Cost:
    """Measure so many requests plainly, and as many again under the profiler, which slows them."""
    for _ in range(WARM_UP):
        visit()
    sql = _Sql()
    wall, cpu = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(sql):
        for _ in range(requests):
            visit()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    per_request = 1_000 / requests
    return Cost(
        name=name,
        wall=wall * per_request,
        cpu=cpu * per_request,
        sql=sql.seconds * per_request,
        queries=sql.queries / requests,
        functions=_profiled(visit, requests=requests, top=top),
    )


def _profiled(visit: Visit, *, requests: int, top: int) -> tuple[Hot, ...]:
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(requests):
        visit()
    profile.disable()
    # Untyped in typeshed: place -> (primitive calls, calls, own time, total time, callers).
    found: dict[tuple[str, int, str], tuple[int, int, float, float, Any]]
    found = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(row[2] for row in found.values())
    ordered = sorted(found.items(), key=lambda item: -item[1][2])[:top]
    return tuple(
        Hot(share=row[2] / total, calls=row[1] / requests, place=_named(*place))
        for place, row in ordered
    )


def _named(file: str, line: int, function: str) -> str:
    if file == "~":
        return function
    return f"{'/'.join(Path(file).parts[-3:])}:{line} {function}"
