"""One case from its load to its verdict."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from chaos import hold
from chaos.cases import Case, handover
from chaos.course import Course, observe
from chaos.results import Observed
from chaos.standing import Seams
from chaos.strike import strike
from demo import crowd as crowds
from demo.errors import StoryError
from demo.steps import Order
from loadtests.files import RunFiles
from stack.errors import StackError
from strangler.plan import Plan

TRIES = 4
MORE_WRITES = 10


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
    files = RunFiles(bench.folder / "load" / case.name.replace(" ", "-"))
    course = Course(case=case, files=files, began=time.time())
    crowd = crowds.begin(users=bench.users, rate=bench.rate, files=files)
    try:
        crowds.until_it_flows(crowd, files, users=bench.users)
        _try(course, bench)
        crowds.write_more(crowd, files, count=MORE_WRITES)
    except (StoryError, StackError, psycopg.Error) as cause:
        course.error = str(cause).strip().splitlines()[0]
    finally:
        crowd.stop()
    observed = observe(course)
    if observed.is_clean:
        # Of the others, whoever looks for the reason needs every line.
        shutil.rmtree(files.folder)
    return observed


def _try(course: Course, bench: Bench) -> None:
    case, seams = course.case, bench.seams
    move = handover(bench.plans[case.seam], case.direction)
    verb = "advance" if case.direction == "forward" else "retreat"
    order = Order(seam=case.seam, verb=verb, to=move.goal.name)
    while not course.was_met and len(course.tried) < TRIES:
        seams.bring(case.seam, move.origin.name)
        seams.forget(case.seam)
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
