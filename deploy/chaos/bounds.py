"""Does it grow? Fits a line to each gauge after the warm-up, and judges it. Pure.

The line is Theil and Sen's, the median of all slopes between two readings: a process that was killed
and began anew, or a queue that filled while its reader was dead, does not bend it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from chaos.gauges import BROKER, CONNECTIONS, MEMORY, OUTBOXES, QUEUES, Reading

# Before that, caches fill and pools open.
WARM_UP = 0.3
FEWEST_READINGS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `most` at any time, and on the line no more than `growth` or a share of the median."""

    most: float
    growth: float
    growth_share: float = 0.0


LIMITS: Mapping[str, Limit] = {
    # A process of Python has some 100 MiB, PostgreSQL and RabbitMQ some hundred.
    MEMORY: Limit(most=1024, growth=32, growth_share=0.15),
    # 300 is what PostgreSQL allows to all of them.
    CONNECTIONS: Limit(most=100, growth=4),
    BROKER: Limit(most=600, growth=8),
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
    warm = _warm_at(readings)
    return [
        _judged(kind, name, points, warm=warm, limit=limits[kind])
        for (kind, name), points in series.items()
        if sum(at >= warm for at, _ in points) >= FEWEST_READINGS
    ]


def _warm_at(readings: Sequence[Reading]) -> float:
    if not readings:
        return 0.0
    began, ended = readings[0].at, readings[-1].at
    return began + WARM_UP * (ended - began)


def _judged(
    kind: str, name: str, points: Iterable[tuple[float, float]], *, warm: float, limit: Limit
) -> Judged:
    from scipy.stats import theilslopes  # noqa: PLC0415 - only who judges waits for scipy

    points = list(points)
    times, values = zip(*((at, value) for at, value in points if at >= warm), strict=True)
    middle = median(values)
    return Judged(
        kind=kind,
        name=name,
        readings=len(values),
        median=middle,
        most=max(value for _, value in points),
        growth=float(theilslopes(values, times).slope) * (times[-1] - times[0]),
        allowed=max(limit.growth, limit.growth_share * middle),
        limit=limit.most,
    )
