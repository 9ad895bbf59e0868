"""What a reader has to know before believing a number: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from loadtests.compare.evidence import Evidence, of_role
from loadtests.compare.results import Header, Stood
from loadtests.compare.spread import ENOUGH_RUNS
from loadtests.compare.subjects import AFTER, BEFORE, ROLES

# The kernel, and what every machine does by itself.
STRANGE_CORES = 0.2


def doubts(evidence: Sequence[Evidence], header: Header, stood: Mapping[str, Stood]) -> list[str]:
    """In words, one each."""
    return [
        *_of_the_generator(evidence),
        *_of_the_machine(evidence),
        *_of_the_runs(evidence, header),
        *_of_the_meters(evidence),
        *_of_settings(stood),
        *_of_processes(header, stood),
    ]


def _of_the_generator(evidence: Sequence[Evidence]) -> Iterator[str]:
    for one in evidence:
        for seen in one.levels:
            if seen.doubt:
                yield f"run {one.run.number} ({one.role}) at {seen.result.rate:g} visits/s says nothing: {seen.doubt}"


def _of_the_machine(evidence: Sequence[Evidence]) -> Iterator[str]:
    for one in evidence:
        strange = [seen.meters.others for seen in one.levels]
        if strange and (cores := median(strange)) > STRANGE_CORES:
            yield (
                f"run {one.run.number} ({one.role}) was not alone: {cores:.1f} cores were busy with what is"
                " neither the system nor the generator"
            )


def _of_the_runs(evidence: Sequence[Evidence], header: Header) -> Iterator[str]:
    wanted = 2 * header.plan.load.runs
    runs = min(len(of_role(evidence, role)) for role in ROLES)
    if len(evidence) < wanted:
        yield f"{len(evidence)} of {wanted} runs were made"
    if runs < ENOUGH_RUNS:
        brackets = (
            f"{runs} runs of each: brackets are only where their medians fell, and no 95 % interval"
        )
        few = "one run of each: nothing says how much of a difference is chance"
        yield f"{few if runs == 1 else brackets}; {ENOUGH_RUNS} of each are needed to be sure"
    for role in ROLES:
        if any(one.knee is None for one in of_role(evidence, role)):
            yield f"{role}: not even the lowest level was carried in every run"
        if any(one.knee is not None and one.knee.is_open for one in of_role(evidence, role)):
            yield f"{role}: no level was too much in some run; the knee is at least what is shown"


def _of_the_meters(evidence: Sequence[Evidence]) -> Iterator[str]:
    if any(seen.cores is None for one in evidence for seen in one.levels):
        yield "how many cores were in use while people came was not looked at in every level"


def _of_settings(stood: Mapping[str, Stood]) -> Iterator[str]:
    if BEFORE in stood and AFTER in stood:
        old, new = stood[BEFORE].settings, stood[AFTER].settings
        for name in sorted(old.keys() & new.keys()):
            if old[name] != new[name]:
                yield f"{name} is {old[name]} before and {new[name]} after"


def _of_processes(header: Header, stood: Mapping[str, Stood]) -> Iterator[str]:
    if header.plan.before.position == header.plan.after.position or len(stood) < len(ROLES):
        return
    if stood[BEFORE].processes == stood[AFTER].processes:
        yield (
            "the same processes run on both sides, whoever does the work: memory, and what is used while"
            " nobody comes, are those of the whole system also before"
        )
