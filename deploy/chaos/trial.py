"""One case from its load to its verdict."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from chaos import hold
from chaos.cases import Case, handover
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
# A kill may fail what was in the victim's hands. That is told, and no harm.
FELT = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """With what a case is run."""

    seams: Seams
    folder: Path
    plans: Mapping[str, Plan]
    users: int
    rate: float


def run_case(case: Case, bench: Bench) -> Observed:
    """Put load on, kill, recover, go on writing, and judge; never raises for what a kill did."""
    began, files = time.time(), RunFiles(bench.folder / "load")
    crowd = crowds.begin(users=bench.users, rate=bench.rate, files=files)
    tried: list[Strike] = []
    recovery: list[Run] = []
    error = ""
    try:
        crowds.until_it_flows(crowd, files, users=bench.users)
        _try(case, bench, tried=tried, recovery=recovery)
        crowds.write_more(crowd, files, count=MORE_WRITES)
    except (StoryError, StackError, psycopg.Error) as cause:
        error = str(cause).strip().splitlines()[0]
    finally:
        crowd.stop()
    return _observed(case, files, tried, recovery, began=began, error=error)


def _try(case: Case, bench: Bench, *, tried: list[Strike], recovery: list[Run]) -> None:
    plan = bench.plans[case.seam]
    move = handover(plan, case.direction)
    verb = "advance" if case.direction == "forward" else "retreat"
    order = Order(seam=case.seam, verb=verb, to=move.goal.name)
    while not tried or (len(tried) < TRIES and not tried[-1].was_in_time(case.step)):
        bench.seams.bring(case.seam, move.origin.name)
        bench.seams.forget()
        # What was too quick to be met is held the next time.
        held = case.is_brief or len(tried) > 1
        tried.append(strike(case, order, is_held=held))
        if victim := tried[-1].victim:
            victim.await_return()
        if held:
            hold.remove()
        if tried[-1].said.ok:
            bench.seams.moved(case.seam, move.goal.name)
        recovery[:] = bench.seams.recover(case.seam, move.goal.name)


def _observed(
    case: Case,
    files: RunFiles,
    tried: list[Strike],
    recovery: list[Run],
    *,
    began: float,
    error: str,
) -> Observed:
    samples = list(read_samples(files.samples)) if files.samples.exists() else []
    verdict, error = _judged(files, error=error)
    last = tried[-1] if tried else None
    runs = [last.said, *(run.said for run in recovery)] if last else []
    pauses = [run.pause_ms for run in runs if run.pause_ms is not None]
    return Observed(
        case=case,
        verdict=_named(case, last, verdict, error=error),
        at=began,
        seconds=round(time.time() - began, 1),
        tries=len(tried),
        said=error or (last.said.words if last else ""),
        after_ms=round(last.after_ms, 1) if last and last.victim else None,
        is_held=bool(last and last.is_held),
        recovery=tuple(run.verb for run in recovery),
        pause_ms=round(pauses[-1], 1) if pauses else None,
        longest_write_ms=_longest_write_ms(case, samples),
        requests=len(samples),
        failed=sum(not sample.ok for sample in samples),
        acknowledged=verdict.acknowledged if verdict else 0,
        wrongs={name: len(found) for name, found in verdict.wrongs.items()} if verdict else {},
        findings=tuple(findings_lines(verdict)) if verdict else (),
        load_average=round(os.getloadavg()[0], 1),
    )


def _judged(files: RunFiles, *, error: str) -> tuple[Verdict | None, str]:
    try:
        return judge_run(files.ledger, os.environ, settle_s=SETTLE_S), error
    except (Unreachable, FileNotFoundError) as cause:
        return None, error or str(cause)


def _named(case: Case, last: Strike | None, verdict: Verdict | None, *, error: str) -> str:
    if error or verdict is None or last is None:
        return STUCK
    if any(found for name, found in verdict.wrongs.items() if name != FELT):
        return HARM
    if not last.was_in_time(case.step):
        return MISSED
    return CLEAN if verdict.acknowledged else HARM


def _longest_write_ms(case: Case, samples: list[Sample]) -> float | None:
    writes = [s.latency_ms for s in samples if s.is_write and s.journey == WRITERS[case.seam]]
    return round(max(writes), 1) if writes else None
