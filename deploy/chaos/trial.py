"""One case from its load to its verdict."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from chaos import hold
from chaos.cases import Case, handover
from chaos.harm import harm_of
from chaos.results import CLEAN, HARM, MISSED, STUCK, Observed
from chaos.standing import Run, Seams
from chaos.strike import Strike, strike
from demo import crowd as crowds
from demo.errors import StoryError
from demo.steps import Order
from demo.timeline import WRITERS
from loadtests.files import RunFiles
from loadtests.hearing import judge_run
from loadtests.samples import Sample, read_samples
from loadtests.summary import findings_lines
from loadtests.verdict import Verdict
from loadtests.witness import Unreachable
from stack.errors import StackError
from strangler.plan import Plan

TRIES = 4
SETTLE_S = 60.0
MORE_WRITES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """With what a case is run."""

    seams: Seams
    folder: Path
    plans: Mapping[str, Plan]
    users: int
    rate: float


@dataclass(slots=True, kw_only=True)
class _Course:
    """How a case has gone so far."""

    case: Case
    files: RunFiles
    began: float
    tried: list[Strike] = field(default_factory=list)
    recovery: tuple[Run, ...] = ()
    # Why it did not come to its end.
    error: str = ""

    @property
    def last(self) -> Strike | None:
        return self.tried[-1] if self.tried else None

    @property
    def was_met(self) -> bool:
        """Whether the last kill fell into its step."""
        return self.last is not None and self.last.was_in_time(self.case.step)

    @property
    def pause_ms(self) -> float | None:
        """As the last run that handed over has measured it."""
        said = [*(one.said for one in self.tried[-1:]), *(run.said for run in self.recovery)]
        found = [one.pause_ms for one in said if one.pause_ms is not None]
        return round(found[-1], 1) if found else None


def run_case(case: Case, bench: Bench) -> Observed:
    """Put load on, kill, recover, go on writing, and judge; never raises for what a kill did."""
    files = RunFiles(bench.folder / "load" / case.name.replace(" ", "-"))
    course = _Course(case=case, files=files, began=time.time())
    crowd = crowds.begin(users=bench.users, rate=bench.rate, files=files)
    try:
        crowds.until_it_flows(crowd, files, users=bench.users)
        _try(course, bench)
        crowds.write_more(crowd, files, count=MORE_WRITES)
    except (StoryError, StackError, psycopg.Error) as cause:
        course.error = str(cause).strip().splitlines()[0]
    finally:
        crowd.stop()
    observed = _observed(course)
    if observed.is_clean:
        # Of the others, whoever looks for the reason needs every line.
        shutil.rmtree(files.folder)
    return observed


def _try(course: _Course, bench: Bench) -> None:
    case, seams = course.case, bench.seams
    move = handover(bench.plans[case.seam], case.direction)
    verb = "advance" if case.direction == "forward" else "retreat"
    order = Order(seam=case.seam, verb=verb, to=move.goal.name)
    while not course.was_met and len(course.tried) < TRIES:
        seams.bring(case.seam, move.origin.name)
        seams.forget()
        # What was too quick to be met is held the next time.
        held = case.is_brief or len(course.tried) > 1
        course.tried.append(strike(case, order, is_held=held))
        if victim := course.tried[-1].victim:
            victim.await_return()
        if held:
            hold.remove()
        if course.tried[-1].said.ok:
            seams.moved(case.seam, move.goal.name)
        course.recovery = seams.recover(case.seam, move.goal.name)


def _observed(course: _Course) -> Observed:
    files, last = course.files, course.last
    samples = list(read_samples(files.samples)) if files.samples.exists() else []
    verdict = _judged(course)
    return Observed(
        case=course.case,
        verdict=_named(course, verdict),
        at=course.began,
        seconds=round(time.time() - course.began, 1),
        tries=len(course.tried),
        said=course.error or (last.said.words if last else ""),
        after_ms=round(last.after_ms, 1) if last and last.victim else None,
        is_held=bool(last and last.is_held),
        recovery=tuple(run.verb for run in course.recovery),
        pause_ms=course.pause_ms,
        longest_write_ms=_longest_write_ms(course.case, samples),
        requests=len(samples),
        failed=sum(not sample.ok for sample in samples),
        acknowledged=verdict.acknowledged if verdict else 0,
        wrongs={name: len(found) for name, found in verdict.wrongs.items()} if verdict else {},
        findings=tuple(findings_lines(verdict)) if verdict else (),
        load_average=round(os.getloadavg()[0], 1),
    )


def _judged(course: _Course) -> Verdict | None:
    try:
        return judge_run(course.files.ledger, os.environ, settle_s=SETTLE_S)
    except (Unreachable, FileNotFoundError) as cause:
        course.error = course.error or str(cause)
        return None


def _named(course: _Course, verdict: Verdict | None) -> str:
    if verdict and harm_of(verdict, killed=(course.case.victim,)):
        return HARM
    if course.error or verdict is None:
        return STUCK
    if not course.was_met:
        return MISSED
    return CLEAN if verdict.acknowledged else HARM


def _longest_write_ms(case: Case, samples: list[Sample]) -> float | None:
    writes = [s.latency_ms for s in samples if s.is_write and s.journey == WRITERS[case.seam]]
    return round(max(writes), 1) if writes else None
