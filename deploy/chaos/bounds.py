"""Does it grow? Fits a line to each gauge after the warm-up, and judges it. Pure.

The line is Theil and Sen's, the median of all slopes between two readings: a queue that filled while
its reader was dead does not bend it. A program that was killed warms up anew, and is not judged
meanwhile: each backend of PostgreSQL holds nothing of the catalog at first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from chaos.gauges import (
    BROKER,
    CONNECTIONS,
    MEMORY,
    OUTBOXES,
    QUEUES,
    USED,
    Reading,
)

# Before that, caches fill and pools open.
WARM_UP = 0.3
WARM_AGAIN_S = 90.0
FEWEST_READINGS = 12
# How wide pools are: tests compare these with the code that makes them.
MONOLITH_POOL, SERVICE_POOL, RPC_CALLERS, PUBLISHERS = 18, 16, 8, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `most` at any time, and on the line no more than `growth` or a share of the median.

    What opens as many as are needed at once, and no more than its pool is wide, may grow to that width.
    """

    most: float
    growth: float
    growth_share: float = 0.0
    pools: Mapping[str, float] = field(default_factory=dict)

    def of(self, name: str, *, middle: float) -> tuple[float, float]:
        """The most that `name` may be, and by how much it may grow."""
        if width := self.pools.get(name):
            return width, width
        return self.most, max(self.growth, self.growth_share * middle)


LIMITS: Mapping[str, Limit] = {
    # A process of Python has some 100 MiB, PostgreSQL and RabbitMQ some hundred.
    MEMORY: Limit(most=1024, growth=32, growth_share=0.15),
    # 300 is what PostgreSQL allows to all of them.
    CONNECTIONS: Limit(
        most=100,
        growth=4,
        pools={
            # Two processes of gunicorn, and the chores.
            "monolith_app": 3 * MONOLITH_POOL,
            # Two instances, and another program each: chores or events.
            **dict.fromkeys(
                ("catalog_app", "inventory_app", "payments_app", "orders_app"), 3 * SERVICE_POOL
            ),
            "notifications_app": 2 * SERVICE_POOL,
        },
    ),
    # Each process of the monolith asks four services, on so many threads each, and publishes by a pool.
    BROKER: Limit(
        most=20,
        growth=4,
        pools={
            "monolith": 2 * (4 * RPC_CALLERS + PUBLISHERS),
            "monolith-chores": 4 * RPC_CALLERS + PUBLISHERS,
            # One to hear; what has to be tried later is put back by a pool.
            **dict.fromkeys(("catalog-events", "notifications-events"), 1 + PUBLISHERS),
        },
    ),
    # What waits while somebody is dead: seconds of all facts there are.
    QUEUES: Limit(most=20_000, growth=50),
    OUTBOXES: Limit(most=20_000, growth=50),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One gauge over the run; `growth` is that of the line from the warm-up to the end."""

    kind: str
    name: str
    readings: int
    median: float
    most: float
    growth: float
    allowed: float
    limit: float

    @property
    def is_bounded(self) -> bool:
        return self.most <= self.limit and self.growth <= self.allowed


def judge(readings: Sequence[Reading], *, limits: Mapping[str, Limit] = LIMITS) -> list[Judged]:
    """Every gauge that was read often enough to say something."""
    series: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for reading in readings:
        for kind, values in reading.values.items():
            for name, value in values.items():
                series[kind, name].append((reading.at, value))
    cold = _cold(readings)
    return [
        _judged(kind, name, points, cold=cold[name.removesuffix(USED)], limit=limits[kind])
        for (kind, name), points in series.items()
        if sum(at not in cold[name.removesuffix(USED)] for at, _ in points) >= FEWEST_READINGS
    ]


def _cold(readings: Sequence[Reading]) -> defaultdict[str, set[float]]:
    """When each program was warming up: at first all of them, later who began anew."""
    began, ended = (readings[0].at, readings[-1].at) if readings else (0.0, 0.0)
    warm_at = began + WARM_UP * (ended - began)
    at_first = {one.at for one in readings if one.at < warm_at}
    found: defaultdict[str, set[float]] = defaultdict(lambda: at_first)
    lives: dict[str, tuple[int, float]] = {}
    for one in readings:
        for name, pid in one.pids.items():
            known, warm = lives.get(name, (pid, warm_at))
            if known != pid:
                warm = max(warm_at, one.at + WARM_AGAIN_S)
            lives[name] = pid, warm
            if warm_at <= one.at < warm:
                found[name] = {*found[name], one.at}
    often = [name for name in found if len(readings) - len(found[name]) < FEWEST_READINGS]
    # Who hardly lives long enough is judged all the same, as if it had lived through.
    return found | dict.fromkeys(often, at_first)


def _judged(
    kind: str, name: str, points: Iterable[tuple[float, float]], *, cold: set[float], limit: Limit
) -> Judged:
    from scipy.stats import theilslopes  # noqa: PLC0415 - only who judges waits for scipy

    points = list(points)
    times, values = zip(*((at, value) for at, value in points if at not in cold), strict=True)
    middle = median(values)
    most, growth = limit.of(name, middle=middle)
    return Judged(
        kind=kind,
        name=name,
        readings=len(values),
        median=middle,
        most=max(value for _, value in points),
        growth=float(theilslopes(values, times).slope) * (times[-1] - times[0]),
        allowed=growth,
        limit=most,
    )
