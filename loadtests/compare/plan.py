"""What will be measured, in which order, and how long that takes: pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from loadtests.compare.subjects import BEFORE, Subject

# What it takes to bring all five seams from one end to the other, and what a clone takes to start; seen
# on two cores. Only the estimate needs it.
MOVING_S, STARTING_S = 75.0, 50.0
RESTING_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much, how long, how often; the same for both."""

    rates: tuple[float, ...]
    refinements: int
    seconds: float
    warm_up_s: float
    runs: int
    people: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """Runs of one subject, by their numbers."""

    subject: Subject
    runs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    before: Subject
    after: Subject
    load: Load
    is_walked: bool
    is_profiled: bool

    def subject(self, role: str) -> Subject:
        """Who plays this part."""
        return self.before if role == BEFORE else self.after

    @property
    def names(self) -> dict[str, str]:
        """By role, as a picture shows them: two of the same name stay two."""
        is_same = self.before.name == self.after.name
        return {
            subject.role: f"{subject.role}: {subject.name}" if is_same else subject.name
            for subject in (self.before, self.after)
        }

    @property
    def sittings(self) -> tuple[Sitting, ...]:
        """A B, B A, A B and so on: whatever grows with time hits both alike."""
        order = enumerate(self._order(), start=1)
        return tuple(
            Sitting(subject=subject, runs=tuple(number for number, _ in group))
            for subject, group in groupby(order, key=lambda numbered: numbered[1])
        )

    @property
    def longest_s(self) -> float:
        """If every level is tried: most runs end earlier."""
        levels = len(self.load.rates) + self.load.refinements
        run_s = self.load.warm_up_s + 10 + levels * (self.load.seconds + RESTING_S)
        sitting_s = MOVING_S + (STARTING_S if self.before.revision else 0.0)
        extra_s = 2 * (20.0 * self.is_walked + 20.0 * self.is_profiled)
        return len(self.sittings) * sitting_s + 2 * self.load.runs * run_s + extra_s

    def _order(self) -> Iterator[Subject]:
        for turn in range(self.load.runs):
            both = (self.before, self.after)
            yield from both if turn % 2 == 0 else reversed(both)


def ladder(*, lowest: float, factor: float, levels: int) -> tuple[float, ...]:
    """Rates that rise by the same factor; whole numbers where they are large enough to be."""
    rates = [lowest * factor**number for number in range(levels)]
    return tuple(round(rate) if rate >= 10 else round(rate, 1) for rate in rates)
