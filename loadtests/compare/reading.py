"""Reads the numbers out, as honestly as they allow: what is slower, by how much, and how surely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loadtests.compare.capacity import Knees
from loadtests.compare.costs import TOTAL, Cost
from loadtests.compare.latencies import EVERYTHING, Line
from loadtests.compare.numbers import short, spread
from loadtests.compare.spread import ENOUGH_RUNS, Estimate
from loadtests.compare.subjects import AFTER, BEFORE
from loadtests.compare.summary import Summary, Together

SHOWN = 6
# Below it a difference is not worth a sentence.
NOTABLE = 1.05


def sentences(summary: Summary) -> Iterator[str]:
    """What the numbers say, in reading order."""
    yield _capacity(summary)
    yield from _few(summary)
    yield from _cores(summary)
    if summary.together is None:
        yield "No level was carried by every run of both, so nothing else can be compared."
        return
    yield from _waits(summary.together)
    yield from _work(summary.together)
    yield from _why(summary)
    yield from _missed(summary)


def _capacity(summary: Summary) -> str:
    old, new, ratio = summary.knees[BEFORE], summary.knees[AFTER], summary.knee_ratio
    carried = (
        f"On this machine the system after carries {_carried(new)}, that before"
        f" {_carried(old, unit='')}"
    )
    if old.is_open and new.is_open:
        return (
            f"{carried}. Nothing can be said of how many times as many that is: on both sides there were runs"
            " in which no level was too much. To find the knees raise `--levels`, or where the generator"
            " was the limit (see the doubts) give it more of a machine."
        )
    if old.throughput is None or new.throughput is None or ratio is None:
        return "One side has no knee: see the doubts."
    return f"{carried}: {spread(ratio)} times as many{_surely(ratio)}."


def _carried(knees: Knees, *, unit: str = " requests a second") -> str:
    shown = None if knees.throughput is None else knees.throughput.median
    return f"{short(shown)}{unit}{' or more' if knees.is_open else ''}"


def _few(summary: Summary) -> Iterator[str]:
    if 1 < summary.runs < ENOUGH_RUNS:
        yield (
            f"Of {summary.runs} runs of each the brackets are only where the runs' medians fell, and no 95 %"
            " interval: no difference here is certain."
        )


def _cores(summary: Summary) -> Iterator[str]:
    old, new = summary.knees[BEFORE].cores, summary.knees[AFTER].cores
    if old is not None and new is not None:
        yield (
            f"At the highest level that it carries the system after uses {spread(new)} of this machine's"
            f" {summary.header.machine.get('cores', 'unknown')} cores, that before {spread(old)}; the generator,"
            " what looks on, and whatever else runs take from the rest."
        )


def _surely(ratio: Estimate) -> str:
    if ratio.low is None:
        return " (one run each: no interval)"
    if ratio.is_apart_from_one is None:
        return f" ({ratio.runs} runs each: not surely)"
    if ratio.is_apart_from_one:
        return ""
    held = (
        "interval holds 1" if ratio.limit is None else "knee that was not found leaves 1 possible"
    )
    return f" (the {held}: no difference is shown)"


def _waits(together: Together) -> Iterator[str]:
    lines = [line for line in together.endpoints if line.name != EVERYTHING and line.is_enough]
    total = next((line for line in together.endpoints if line.name == EVERYTHING), None)
    if total is not None and total.p50_ratio and total.p95_ratio:
        yield (
            f"At {together.rate:g} visits a second, which both carry, the median of all requests is"
            f" {spread(total.p50_ratio)} times what it was, and the p95 {spread(total.p95_ratio)} times."
        )
    slower = sorted((line for line in lines if _factor(line) > NOTABLE), key=_factor, reverse=True)
    faster = sorted((line for line in lines if _factor(line) < 1 / NOTABLE), key=_factor)
    if slower:
        yield f"Slower after (p95): {_listed(slower)}."
    if faster:
        yield f"Faster after (p95): {_listed(faster)}."
    if few := len(together.endpoints) - len(lines) - (total is not None):
        yield f"Too few were asked to speak of the p95 of {few} endpoints."
    yield from _chance([line.p95_ratio for line in lines if line.p95_ratio])


def _chance(ratios: Sequence[Estimate]) -> Iterator[str]:
    unsure = [ratio for ratio in ratios if ratio.is_apart_from_one is not True]
    if unsure and all(ratio.is_apart_from_one is None for ratio in ratios):
        yield f"With fewer than {ENOUGH_RUNS} runs of each, any of those differences may be chance."
    elif unsure:
        yield (
            f"Of {len(ratios)} endpoints, {len(unsure)} have an interval that holds 1, or none: those may be"
            " chance."
        )


def _factor(line: Line) -> float:
    return line.p95_ratio.median if line.p95_ratio else 1.0


def _listed(lines: Sequence[Line]) -> str:
    shown = [f"{line.name} {spread(line.p95_ratio)}" for line in lines[:SHOWN]]
    more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return ", ".join(shown) + more


def _work(together: Together) -> Iterator[str]:
    for costs, what in (
        (together.processors, "processors do {} times the work for each request"),
        (together.memory, "processes hold {} times the memory"),
    ):
        total = next((cost for cost in costs if cost.name == TOTAL), None)
        if total is not None and total.ratio is not None:
            yield f"After, {what.format(spread(total.ratio))}: {_parts(costs)}."


def _parts(costs: Sequence[Cost]) -> str:
    """The accounts that make most of what is there after, with what they were before."""
    parts = [cost for cost in costs if cost.name != TOTAL and cost.after is not None]
    largest = sorted(parts, key=lambda cost: cost.after.median if cost.after else 0, reverse=True)
    return ", ".join(
        f"{cost.name} {short(cost.after.median if cost.after else None)}"
        f" ({short(cost.before.median if cost.before else 0.0)} before)"
        for cost in largest[:SHOWN]
    )


def _why(summary: Summary) -> Iterator[str]:
    old, new = summary.hops.get(BEFORE), summary.hops.get(AFTER)
    if old is not None and new is not None:
        yield (
            f"A request of a person goes over {short(new)} hops after, and over {short(old)} before; each is"
            " a message that is written, sent, read and checked by somebody."
        )
    counted = (
        {(h.journey, h.task): h for h in summary.stood[AFTER].hops}
        if AFTER in summary.stood
        else {}
    )
    over_rpc = [h for h in counted.values() if h.rpc and h.requests]
    if over_rpc:
        named = sorted(over_rpc, key=lambda h: h.rpc / h.requests, reverse=True)[:SHOWN]
        told = ", ".join(f"{h.task.replace('_', ' ')} {short(h.rpc / h.requests)}" for h in named)
        yield f"Questions over the broker for each request: {told}."


def _missed(summary: Summary) -> Iterator[str]:
    missed = [check for check in summary.checks if not check.is_met]
    if not missed:
        yield "Every threshold is met."
    for check in missed:
        name = check.name.replace("_", " ")
        if check.value is None:
            yield f"Not measured: {name}, wanted {check.bound}."
        else:
            yield f"Missed: {name} is {spread(check.value)}, wanted {check.bound}."
