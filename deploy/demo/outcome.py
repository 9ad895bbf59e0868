"""Everything the reports tell, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from demo.timeline import Slice, StepSummary
from loadtests.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    command: str
    seam: str
    machine: Mapping[str, str]
    began: float
    ended: float
    requests: int
    failures: int
    retries: int
    effort: str
    steps: tuple[StepSummary, ...]
    slices: tuple[Slice, ...]
    verdict: Verdict

    @property
    def good(self) -> bool:
        """Every step succeeded, no request failed, and every write is where it belongs."""
        return (
            self.requests > 0
            and self.failures == 0
            and self.verdict.clean
            and all(summary.step.ok for summary in self.steps)
        )
