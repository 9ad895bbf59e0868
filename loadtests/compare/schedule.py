"""Who comes when, and for what: drawn ahead of the load, the same for the same numbers.

Visits are independent of each other, so they come as a Poisson process does: some close together,
some far apart. What the system does has no influence on when the next one is due.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Dish:
    """Something that people of a journey do, and how often of all that is done."""

    journey: str
    task: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One person's one thing, due so many seconds after the level began."""

    number: int
    due_s: float
    journey: str
    task: str


def visits(menu: Sequence[Dish], *, rate: float, seconds: float, seed: int) -> Iterator[Visit]:
    """All visits of a level, in the order in which they are due."""
    chance = random.Random(f"{seed} {rate:g}")
    borders = list(accumulate(dish.weight for dish in menu))
    due, number = chance.expovariate(rate), 0
    while due < seconds:
        [dish] = chance.choices(menu, cum_weights=borders)
        yield Visit(number=number, due_s=due, journey=dish.journey, task=dish.task)
        due, number = due + chance.expovariate(rate), number + 1
