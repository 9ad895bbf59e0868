"""What the samples say about each step, and about every second."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from demo.steps import Step
from loadtests.samples import Latency, Sample

MONOLITH = "monolith"
CATALOG = "catalog"
# Whose writes meet the handover of a seam.
WRITERS = {
    CATALOG: "Merchant",
    "inventory": "Stockkeeper",
    "notifications": "Buyer",
    "orders": "Buyer",
    "payments": "Shopper",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePause:
    """What the writers of the moving domain felt, in milliseconds."""

    longest: float
    p99: float
    longest_before: float
    p99_before: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSummary:
    """A step together with the time spent at its target: until the next step begins."""

    step: Step
    requests: int
    failures: int
    retries: int
    monolith: Latency | None
    service: Latency | None
    writes: WritePause | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A few seconds of the whole run."""

    at: float
    per_second: float
    failures: int
    read_p95: float | None
    write_p95: float | None
    service_share: float | None
    """Of all reads, in percent."""


def summarize(steps: Sequence[Step], samples: Sequence[Sample], *, end: float) -> list[StepSummary]:
    """Cut the samples, ordered by their begin, at the begins of the steps."""
    begins = [sample.at for sample in samples]
    borders = [*(bisect_left(begins, step.began) for step in steps), bisect_left(begins, end)]
    return [
        _summary(step, samples[borders[i] : borders[i + 1]], samples, seam=step.seam or CATALOG)
        for i, step in enumerate(steps)
    ]


def _summary(
    step: Step, within: Sequence[Sample], all_samples: Sequence[Sample], *, seam: str
) -> StepSummary:
    return StepSummary(
        step=step,
        requests=len(within),
        failures=sum(not sample.ok for sample in within),
        retries=sum(sample.attempts - 1 for sample in within),
        monolith=Latency.of(sample for sample in within if sample.served_by == MONOLITH),
        service=Latency.of(sample for sample in within if sample.served_by == seam),
        writes=_writes(step, all_samples, writer=WRITERS[seam]),
    )


def _writes(step: Step, samples: Sequence[Sample], *, writer: str) -> WritePause | None:
    """Compare the writes that met the step with those of the ten seconds before it."""
    writes = [sample for sample in samples if sample.is_write and sample.journey == writer]
    during = Latency.of(w for w in writes if w.at <= step.ended and w.ended_at >= step.began)
    before = Latency.of(w for w in writes if step.began - 10 <= w.at and w.ended_at < step.began)
    if during is None or before is None:
        return None
    return WritePause(
        longest=during.longest,
        p99=during.p99,
        longest_before=before.longest,
        p99_before=before.p99,
    )


def slices(samples: Iterable[Sample], *, width_s: float = 2.0) -> list[Slice]:
    by_slice: dict[int, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_slice[int(sample.at // width_s)].append(sample)
    return [_slice(number * width_s, by_slice[number], width_s) for number in sorted(by_slice)]


def _slice(at: float, within: Sequence[Sample], width_s: float) -> Slice:
    reads = [sample for sample in within if not sample.is_write]
    answered = [sample for sample in reads if sample.served_by]
    served = sum(sample.served_by != MONOLITH for sample in answered)
    return Slice(
        at=at,
        per_second=len(within) / width_s,
        failures=sum(not sample.ok for sample in within),
        read_p95=_p95(reads),
        write_p95=_p95([sample for sample in within if sample.is_write]),
        service_share=100 * served / len(answered) if answered else None,
    )


def _p95(samples: Sequence[Sample]) -> float | None:
    latency = Latency.of(samples)
    return None if latency is None else latency.p95
