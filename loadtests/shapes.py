"""Load as tables: how many people are in the shop at which time.

* **stage**: from the end of the stage before until `until_s`, `people` are in the shop; they come
  and go at `per_second`.

Kept free of Locust, which changes the standard library of whoever imports it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    until_s: float
    people: int
    per_second: float


def stages(*rows: tuple[float, int, float]) -> tuple[Stage, ...]:
    return tuple(Stage(until_s=row[0], people=row[1], per_second=row[2]) for row in rows)


# Columns: until this second, people in the shop, people who come or go each second.
SHAPES: dict[str, tuple[Stage, ...]] = {
    "ramp": stages((30, 8, 4), (60, 16, 4), (90, 24, 4), (120, 32, 4), (150, 48, 4)),
    "soak": stages((30, 24, 1), (3600, 24, 1)),
    "spike": stages((30, 12, 4), (45, 60, 30), (90, 12, 30)),
    # Quiet, then full and steady for as long as a move there and back takes.
    "cutover": stages((15, 12, 4), (300, 24, 8), (315, 12, 4)),
}


def stage_at(table: Sequence[Stage], second: float) -> Stage | None:
    """The stage in force at this second, None when the load is over."""
    return next((stage for stage in table if second < stage.until_s), None)
