"""Everything that a report tells, made from a folder of results: pure, and the same every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loadtests.compare import costs, latencies
from loadtests.compare.capacity import Knees, failed_of, knees_of, ratio_of_knees
from loadtests.compare.checks import Check, check, verdict
from loadtests.compare.costs import TOTAL, Cost
from loadtests.compare.doubts import doubts
from loadtests.compare.evidence import Evidence, common_rate, gather, of_role
from loadtests.compare.hops import Hops
from loadtests.compare.latencies import EVERYTHING, Line
from loadtests.compare.results import Header, Results, Stood
from loadtests.compare.spread import Estimate, share
from loadtests.compare.subjects import AFTER, ROLES
from loadtests.compare.thresholds import ALL, BROWSING, CPU, FAILED, MEMORY, THROUGHPUT, Thresholds

BROWSER = "Browser"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One level of one run, for the pictures."""

    role: str
    run: int
    rate: float
    throughput: float
    p50_ms: float
    p95_ms: float
    cores: float | None
    is_carried: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Both at one rate, the highest that every run of both has carried."""

    rate: float
    journeys: Sequence[Line]
    tasks: Sequence[Line]
    endpoints: Sequence[Line]
    processors: Sequence[Cost]
    memory: Sequence[Cost]
    databases: Sequence[Cost]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    header: Header
    stood: Mapping[str, Stood]
    knees: Mapping[str, Knees]
    knee_ratio: Estimate | None
    together: Together | None
    failed: Mapping[str, tuple[int, int]]
    """Of the requests at all levels that were carried: how many failed, of how many."""
    growth: Sequence[Cost]
    at_rest: Sequence[Cost]
    broker: Sequence[Cost]
    hops: Mapping[str, float | None]
    points: Sequence[Point]
    doubts: Sequence[str]
    checks: Sequence[Check]

    @property
    def runs(self) -> int:
        """Of the side with fewer of them."""
        return min(one.throughput.runs if one.throughput else 0 for one in self.knees.values())

    @property
    def is_met(self) -> bool:
        return verdict(self.checks)


def summarize(results: Results, *, thresholds: Thresholds | None = None) -> Summary:
    """`thresholds` judge again by others than those of the day."""
    header = results.header()
    asked = thresholds or header.thresholds
    evidence, stood = gather(results, asked.level), results.subjects()
    knees = {role: knees_of(of_role(evidence, role)) for role in ROLES}
    together = _together(evidence)
    failed = {role: failed_of(of_role(evidence, role)) for role in ROLES}
    failed_after = share(*failed[AFTER], runs=len(of_role(evidence, AFTER)))
    knee_ratio = ratio_of_knees(evidence)
    return Summary(
        header=header,
        stood=stood,
        knees=knees,
        knee_ratio=knee_ratio,
        together=together,
        failed=failed,
        growth=costs.growth(evidence),
        at_rest=costs.at_rest(evidence),
        broker=costs.broker(evidence),
        hops={role: mean_hops(one.hops, _visits(evidence)) for role, one in stood.items()},
        points=[point for one in evidence for point in _points(one)],
        doubts=doubts(evidence, header, stood),
        checks=check(asked.after, _values(together, failed_after, knee_ratio)),
    )


def _together(evidence: Sequence[Evidence]) -> Together | None:
    rate = common_rate(evidence)
    if rate is None:
        return None
    return Together(
        rate=rate,
        journeys=latencies.by_journey(evidence, rate),
        tasks=latencies.by_task(evidence, rate),
        endpoints=latencies.by_endpoint(evidence, rate),
        processors=costs.processors(evidence, rate),
        memory=costs.memory(evidence, rate),
        databases=costs.databases(evidence, rate),
    )


def mean_hops(counted: Sequence[Hops], visits: Mapping[tuple[str, str], int]) -> float | None:
    """For each request of a person, when everything is done as often as it was in the runs."""
    often = [(one, visits.get((one.journey, one.task), 0)) for one in counted]
    requests = sum(times * one.requests for one, times in often)
    return sum(times * one.hops for one, times in often) / requests if requests else None


def _visits(evidence: Sequence[Evidence]) -> Mapping[tuple[str, str], int]:
    every = (visit for one in evidence for seen in one.levels for visit in seen.visits)
    return Counter((visit.journey, visit.task) for visit in every)


def _points(one: Evidence) -> list[Point]:
    return [
        Point(
            role=one.role,
            run=one.run.number,
            rate=seen.result.rate,
            throughput=seen.result.throughput,
            p50_ms=seen.result.p50_ms,
            p95_ms=seen.result.p95_ms,
            cores=seen.cores,
            is_carried=seen.is_carried,
        )
        for seen in sorted(one.levels, key=lambda seen: seen.result.rate)
    ]


def _values(
    together: Together | None,
    failed: Estimate | None,
    knee_ratio: Estimate | None,
) -> dict[str, Estimate | None]:
    values = {THROUGHPUT: knee_ratio, FAILED: failed}
    if together is None:
        return values
    return values | {
        CPU: _ratio_of(TOTAL, together.processors),
        MEMORY: _ratio_of(TOTAL, together.memory),
        BROWSING: _slower(BROWSER, together.journeys),
        ALL: _slower(EVERYTHING, together.endpoints),
    }


def _ratio_of(name: str, found: Sequence[Cost]) -> Estimate | None:
    return next((cost.ratio for cost in found if cost.name == name), None)


def _slower(name: str, lines: Sequence[Line]) -> Estimate | None:
    return next((line.p95_ratio for line in lines if line.name == name), None)
