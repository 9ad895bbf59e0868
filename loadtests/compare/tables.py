"""The summary as tables, for any kind of page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loadtests.compare import stood_tables
from loadtests.compare.costs import Cost
from loadtests.compare.latencies import ENOUGH, Line, Waiting
from loadtests.compare.numbers import NOTHING, median, spread
from loadtests.compare.spread import ENOUGH_RUNS
from loadtests.compare.summary import Summary, Together
from loadtests.compare.table import Table

_WAITING = (
    "n before",
    "p50",
    "p95",
    "p99",
    "n after",
    "p50",
    "p95",
    "p99",
    "p50 ratio",
    "p95 ratio",
)
_FEW = "in parentheses what is only the slowest of a few."
_COST = ("before", "after", "ratio")


def tables(summary: Summary) -> Iterator[Table]:
    """In reading order; what neither side has is not shown."""
    return (table for table in _every(summary) if table.rows)


def _every(summary: Summary) -> Iterator[Table]:
    yield _thresholds(summary)
    yield _knees(summary)
    if summary.together is not None:
        yield from _together(summary.together)
    yield _costs(
        "Cores in use while nobody comes", "Polling, health checks, heartbeats.", summary.at_rest
    )
    yield _costs(
        "Memory grown in a run",
        "MiB for 1 000 requests, from the first level to the last.",
        summary.growth,
    )
    yield _costs(
        "Messages for 1 000 requests",
        "As RabbitMQ counts them, over all levels of a run.",
        summary.broker,
    )
    if any(stood.hops for stood in summary.stood.values()):
        yield stood_tables.hops(summary)
    if any(stood.profile for stood in summary.stood.values()):
        yield stood_tables.profile(summary)
    yield stood_tables.settings(summary)


def _thresholds(summary: Summary) -> Table:
    return Table(
        title="Thresholds",
        note=f"Ratios are after / before, of medians; in brackets {_brackets(summary)}.",
        columns=("what", "measured", "wanted", "met"),
        rows=tuple(
            (
                check.name.replace("_", " "),
                spread(check.value),
                check.bound,
                ("yes" if check.is_met else "NO") + ("" if check.is_sure else ", not surely"),
            )
            for check in summary.checks
        ),
    )


def _brackets(summary: Summary) -> str:
    if summary.runs < ENOUGH_RUNS:
        return (
            "only where the medians of so few runs fell, which is no 95 % interval: nothing is sure"
        )
    return "what the runs leave possible (95 %)"


def _knees(summary: Summary) -> Table:
    rows = [
        (
            f"{role}: {summary.header.plan.subject(role).name}",
            spread(knees.throughput) + (" or more" if knees.is_open else ""),
            spread(knees.rate) + (" or more" if knees.is_open else ""),
            spread(knees.cores),
            "; ".join(knees.whys) or NOTHING,
            "{} of {}".format(*summary.failed[role]),
        )
        for role, knees in summary.knees.items()
    ]
    return Table(
        title="The knee",
        note="The highest level that was carried, below the lowest that was not; cores are those that"
        " the system used there while people came.",
        columns=("subject", "requests/s", "visits/s", "cores", "too much", "failed below"),
        rows=(*rows, ("ratio", spread(summary.knee_ratio), "", "", "", "")),
    )


def _together(together: Together) -> Iterator[Table]:
    at = f"at {together.rate:g} visits/s"
    yield _waits(
        f"By journey, {at}",
        f"ms from when a visit was due until its last answer; {_FEW}",
        together.journeys,
    )
    yield _waits(f"By what was done, {at}", "Likewise.", together.tasks)
    yield _waits(
        f"By endpoint, {at}",
        f"ms of a request; from when its visit was due for the first, from the sending for others; {_FEW}",
        together.endpoints,
    )
    yield _costs(
        f"Processors, {at}",
        "Seconds of a core for 1 000 requests, until the system was at rest again; with what is used while"
        " nobody comes, which weighs the more the fewer come.",
        together.processors,
    )
    yield _costs(f"Memory, {at}", "MiB at the end of the level.", together.memory)
    yield _costs(
        f"Databases, {at}", "For 1 000 requests, as PostgreSQL counts.", together.databases
    )


def _waits(title: str, note: str, lines: Sequence[Line]) -> Table:
    rows = tuple(
        (
            line.name,
            *_waited(line.before),
            *_waited(line.after),
            spread(line.p50_ratio),
            spread(line.p95_ratio),
        )
        for line in lines
    )
    return Table(title=title, note=note, columns=("what", *_WAITING), rows=rows)


def _waited(found: Waiting | None) -> tuple[str, ...]:
    if found is None:
        return (NOTHING,) * 4
    values = {50: found.p50, 95: found.p95, 99: found.p99}
    shown = (
        median(value) if found.count >= ENOUGH[percent] else f"({median(value)})"
        for percent, value in values.items()
    )
    return (str(found.count), *shown)


def _costs(title: str, note: str, costs: Sequence[Cost]) -> Table:
    rows = tuple(
        (cost.name, spread(cost.before), spread(cost.after), spread(cost.ratio)) for cost in costs
    )
    return Table(title=title, note=note, columns=("what", *_COST), rows=rows)


def _is_shown(cost: Cost) -> bool:
    return cost.name.startswith("all databases") or cost.name.endswith(": transactions")
