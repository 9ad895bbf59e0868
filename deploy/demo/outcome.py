"""Everything the story tells, as one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from loadtests.samples import Sample
from loadtests.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    samples: tuple[Sample, ...]
    effort: str
    verdict: Verdict

    @property
    def answered_by(self) -> Mapping[str, int]:
        """How many requests each process answered; nobody, where nobody did."""
        return Counter(sample.served_by or "nobody" for sample in self.samples)

    @property
    def failures(self) -> int:
        return sum(not sample.ok for sample in self.samples)

    @property
    def good(self) -> bool:
        """No request failed, and every write is where it belongs."""
        return bool(self.samples) and not self.failures and self.verdict.clean
