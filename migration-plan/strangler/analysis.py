"""Is the canary worse than its baseline? Pure: two samples of one window in, a judgment out.

* baseline   the monolith, which answers the rest of the same reads in the same window
* canary     the service
* promote    enough was seen, and no limit is exceeded
* hold       a limit is exceeded, and that may be chance
* rollback   a limit is exceeded, and that is not chance
* not enough too few requests to say anything
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from strangler.criteria import Criteria


class Advice(StrEnum):
    """What to do."""

    PROMOTE = "promote"
    HOLD = "hold"
    ROLLBACK = "rollback"
    NOT_ENOUGH = "not enough"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one side did in the window."""

    requests: int = 0
    # Status 500 and above, and no answer at all.
    failures: int = 0
    # Of the others, until the first byte came from the target.
    latencies_ms: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A sample in six numbers; a percentile of nothing is None."""

    requests: int
    failures: int
    error_ratio: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """What to do and why, in one line and in numbers."""

    advice: Advice
    because: str
    baseline: Figures
    canary: Figures
    # Of each limit that is exceeded: how likely chance alone would do that.
    chances: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The document that --json prints and the journal keeps."""
        return {**asdict(self), "advice": self.advice.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    name: str
    said: str
    limit: str
    chance: float | None = None


def judge(*, baseline: Sample, canary: Sample, criteria: Criteria) -> Judgment:
    """Compare two samples of the same window."""
    usual, found = figures_of(baseline), figures_of(canary)
    if missing := _missing(baseline=usual, canary=found, wanted=criteria.minimum_requests):
        return Judgment(advice=Advice.NOT_ENOUGH, because=missing, baseline=usual, canary=found)
    comparisons = [
        _failures(baseline=usual, canary=found, criteria=criteria),
        _latencies(baseline=baseline, canary=canary, criteria=criteria),
    ]
    chances = {one.name: one.chance for one in comparisons if one.chance is not None}
    advice = Advice.HOLD if chances else Advice.PROMOTE
    if any(chance < criteria.significance for chance in chances.values()):
        advice = Advice.ROLLBACK
    elif not chances and any(figures.p95_ms is None for figures in (usual, found)):
        advice = Advice.NOT_ENOUGH
    because = "; ".join(_told(one, significance=criteria.significance) for one in comparisons)
    return Judgment(advice=advice, because=because, baseline=usual, canary=found, chances=chances)


def figures_of(sample: Sample) -> Figures:
    """Reduce a sample to its numbers."""
    ordered = sorted(sample.latencies_ms)
    return Figures(
        requests=sample.requests,
        failures=sample.failures,
        error_ratio=sample.failures / sample.requests if sample.requests else 0.0,
        p50_ms=percentile(ordered, 50),
        p95_ms=percentile(ordered, 95),
        p99_ms=percentile(ordered, 99),
    )


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """Take the nearest rank: a value that was measured, not one between two."""
    return ordered[math.ceil(len(ordered) * percent / 100) - 1] if ordered else None


def _missing(*, baseline: Figures, canary: Figures, wanted: int) -> str:
    few = [
        f"the {side} answered {figures.requests} requests"
        for side, figures in (("monolith", baseline), ("service", canary))
        if figures.requests < wanted
    ]
    return f"{' and '.join(few)}, {wanted} of each side are needed" if few else ""


def _failures(*, baseline: Figures, canary: Figures, criteria: Criteria) -> _Comparison:
    found, usual = canary.error_ratio, baseline.error_ratio
    chance = None
    if found > criteria.error_ratio and found > usual * criteria.error_ratio_times:
        from strangler import significance  # noqa: PLC0415  # only who needs scipy waits for it

        chance = significance.of_failures(
            canary=(canary.failures, canary.requests - canary.failures),
            baseline=(baseline.failures, baseline.requests - baseline.failures),
        )
    return _Comparison(
        name="errors",
        said=f"errors {found:.1%} of {canary.requests} against {usual:.1%} of {baseline.requests}",
        limit=f"{criteria.error_ratio:.1%} and {criteria.error_ratio_times:g} times",
        chance=chance,
    )


def _latencies(*, baseline: Sample, canary: Sample, criteria: Criteria) -> _Comparison:
    found, usual = figures_of(canary).p95_ms, figures_of(baseline).p95_ms
    limit = f"{criteria.p95_ms:g} ms more and {criteria.p95_times:g} times"
    if found is None or usual is None:
        said = "no latency to compare: one side failed every time"
        return _Comparison(name="p95", said=said, limit=limit)
    chance = None
    if found - usual > criteria.p95_ms and found > usual * criteria.p95_times:
        from strangler import significance  # noqa: PLC0415  # only who needs scipy waits for it

        chance = significance.of_latencies(
            canary=canary.latencies_ms, baseline=baseline.latencies_ms
        )
    said = f"p95 {found:g} ms against {usual:g} ms"
    return _Comparison(name="p95", said=said, limit=limit, chance=chance)


def _told(comparison: _Comparison, *, significance: float) -> str:
    said, limit, chance = comparison.said, comparison.limit, comparison.chance
    if chance is None:
        return f"{said}, within {limit}"
    sign = "<" if chance < significance else ">="
    return f"{said}, beyond {limit} (by chance: p = {chance:.2g} {sign} {significance:g})"
