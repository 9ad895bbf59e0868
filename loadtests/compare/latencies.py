"""How long people waited, before and after, at one rate that both carried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from loadtests.compare.evidence import Evidence, Seen, of_role
from loadtests.compare.spread import Estimate, estimate, ratio
from loadtests.compare.subjects import AFTER, BEFORE
from loadtests.samples import percentile

PERCENTILES = (50, 95, 99)
ENOUGH: Mapping[int, int] = {50: 5, 95: 20, 99: 100}
"""So many it takes before a percentile is more than the slowest of a few."""
EVERYTHING = "all"
Times = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Of one side: medians over the runs of each percentile, in milliseconds, and how many there were."""

    count: int
    p50: Estimate
    p95: Estimate
    p99: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that people do or ask, on both sides."""

    name: str
    before: Waiting | None
    after: Waiting | None
    p50_ratio: Estimate | None
    p95_ratio: Estimate | None

    @property
    def is_enough(self) -> bool:
        """Whether there were enough on both sides to speak of a p95."""
        counts = [side.count for side in (self.before, self.after) if side is not None]
        return len(counts) == len((self.before, self.after)) and min(counts) >= ENOUGH[95]


def by_journey(evidence: Sequence[Evidence], rate: float) -> list[Line]:
    """A whole visit, from when it was due until its last answer, by who came."""
    return _lines(evidence, rate, lambda seen: [(v.journey, v.latency_ms) for v in seen.visits])


def by_task(evidence: Sequence[Evidence], rate: float) -> list[Line]:
    """A whole visit, by what it was for."""
    return _lines(
        evidence,
        rate,
        lambda seen: [
            (f"{v.journey}: {v.task.replace('_', ' ')}", v.latency_ms) for v in seen.visits
        ],
    )


def by_endpoint(evidence: Sequence[Evidence], rate: float) -> list[Line]:
    """Single requests, by what they ask for."""
    return _lines(
        evidence, rate, lambda seen: [(f"{r.method} {r.name}", r.latency_ms) for r in seen.requests]
    )


def _lines(
    evidence: Sequence[Evidence],
    rate: float,
    pick: Callable[[Seen], Sequence[tuple[str, float]]],
) -> list[Line]:
    sides = {
        role: [_grouped(pick(seen)) for one in of_role(evidence, role) if (seen := one.at(rate))]
        for role in (BEFORE, AFTER)
    }
    names = {name for runs in sides.values() for run in runs for name in run}
    ordered = sorted(names - {EVERYTHING}) + [EVERYTHING] * (EVERYTHING in names)
    return [_line(name, sides[BEFORE], sides[AFTER]) for name in ordered]


def _grouped(pairs: Sequence[tuple[str, float]]) -> Times:
    found: dict[str, list[float]] = defaultdict(list)
    for name, value in pairs:
        found[name].append(value)
        found[EVERYTHING].append(value)
    return {name: sorted(values) for name, values in found.items()}


def _line(name: str, before: Sequence[Times], after: Sequence[Times]) -> Line:
    old, new = _percentiles(name, before), _percentiles(name, after)
    return Line(
        name=name,
        before=_waiting(name, before, old),
        after=_waiting(name, after, new),
        p50_ratio=ratio(new[50], old[50]),
        p95_ratio=ratio(new[95], old[95]),
    )


def _percentiles(name: str, runs: Sequence[Times]) -> dict[int, list[float]]:
    known = [run[name] for run in runs if run.get(name)]
    return {percent: [percentile(run, percent) for run in known] for percent in PERCENTILES}


def _waiting(
    name: str, runs: Sequence[Times], values: Mapping[int, Sequence[float]]
) -> Waiting | None:
    found = [estimate(values[percent]) for percent in PERCENTILES]
    if found[0] is None or found[1] is None or found[2] is None:
        return None
    count = sum(len(run.get(name, ())) for run in runs)
    return Waiting(count=count, p50=found[0], p95=found[1], p99=found[2])
