"""How a case has gone, and what is to be said of it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

from chaos.cases import Case
from chaos.harm import SETTLE_S, harm_of
from chaos.results import CLEAN, HARM, MISSED, STUCK, Observed
from chaos.standing import Run
from chaos.strike import Strike
from demo.timeline import WRITERS
from loadtests.files import RunFiles
from loadtests.hearing import judge_run
from loadtests.samples import Sample, read_samples
from loadtests.summary import findings_lines
from loadtests.verdict import Verdict
from loadtests.witness import Unreachable


@dataclass(slots=True, kw_only=True)
class Course:
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


def observe(course: Course) -> Observed:
    """Wait until the streams have come to rest, and judge."""
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


def _judged(course: Course) -> Verdict | None:
    try:
        return judge_run(course.files.ledger, os.environ, settle_s=SETTLE_S)
    except (Unreachable, FileNotFoundError) as cause:
        course.error = course.error or str(cause)
        return None


def _named(course: Course, verdict: Verdict | None) -> str:
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
