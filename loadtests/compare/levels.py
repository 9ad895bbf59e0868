"""Makes a level's result of what was noted in it: pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loadtests.compare.knee import LevelResult, Limits
from loadtests.compare.records import Record, RequestRecord, VisitRecord
from loadtests.samples import percentile


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What the generator says of a level beside its records."""

    level: int
    rate: float
    seconds: float
    share_of_a_core: float


def result_of(
    tried: Tried,
    visits: Sequence[VisitRecord],
    requests: Sequence[RequestRecord],
    *,
    limits: Limits,
) -> LevelResult:
    """One level; both kinds of records are those of this level alone."""
    # Whoever came at the very end has as long as anybody else may take.
    until_s = tried.seconds + limits.p95_ms / 1000
    in_time = {visit.number for visit in visits if visit.ok and visit.done_s <= until_s}
    times = sorted(request.latency_ms for request in requests) or [0.0]
    return LevelResult(
        rate=tried.rate,
        visits=len(visits),
        achieved=len(in_time) / len(visits) if visits else 0.0,
        requests=len(requests),
        failed=sum(not request.ok for request in requests),
        throughput=sum(request.visit in in_time for request in requests) / tried.seconds,
        p50_ms=percentile(times, 50),
        p95_ms=percentile(times, 95),
        p99_ms=percentile(times, 99),
        late_p99_ms=percentile(sorted(visit.late_ms for visit in visits) or [0.0], 99),
        share_of_a_core=tried.share_of_a_core,
    )


def by_level(records: Iterable[Record]) -> Mapping[int, list[Record]]:
    """The records of each level."""
    found: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        found[record.level].append(record)
    return found
