"""What the samples say about each step, and about every second."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from demo.steps import Step
from loadtests.samples import Latency, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSummary:
    """A step together with the time after it: until the next step begins."""

    step: Step
    requests: int
    failures: int
    retries: int
    reads: Latency | None
    writes: Latency | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A few seconds of the whole run."""

    at: float
    per_second: float
    failures: int
    read_p95: float | None
    write_p95: float | None


def summarize(steps: Sequence[Step], samples: Sequence[Sample], *, end: float) -> list[StepSummary]:
    """Cut the samples, ordered by their begin, at the begins of the steps."""
    begins = [sample.at for sample in samples]
    borders = [*(bisect_left(begins, step.began) for step in steps), bisect_left(begins, end)]
    return [_summary(step, samples[borders[i] : borders[i + 1]]) for i, step in enumerate(steps)]


def _summary(step: Step, within: Sequence[Sample]) -> StepSummary:
    return StepSummary(
        step=step,
        requests=len(within),
        failures=sum(not sample.ok for sample in within),
        retries=sum(sample.attempts - 1 for sample in within),
        reads=Latency.of(sample for sample in within if not sample.is_write),
        writes=Latency.of(sample for sample in within if sample.is_write),
    )


def slices(samples: Iterable[Sample], *, width_s: float = 2.0) -> list[Slice]:
    by_slice: dict[int, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_slice[int(sample.at // width_s)].append(sample)
    return [_slice(number * width_s, by_slice[number], width_s) for number in sorted(by_slice)]


def _slice(at: float, within: Sequence[Sample], width_s: float) -> Slice:
    return Slice(
        at=at,
        per_second=len(within) / width_s,
        failures=sum(not sample.ok for sample in within),
        read_p95=_p95([sample for sample in within if not sample.is_write]),
        write_p95=_p95([sample for sample in within if sample.is_write]),
    )


def _p95(samples: Sequence[Sample]) -> float | None:
    latency = Latency.of(samples)
    return None if latency is None else latency.p95
