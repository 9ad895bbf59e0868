"""Where a system stops to keep up: pure, so that it can be tested without one.

* **carried**: a level at which nobody waited too long, nearly all visits were done in time, and hardly
  anything failed.
* **open**: no level above the knee was tried and found too much: it is at least there.

A level at which the generator itself was late says nothing about the system: it is neither carried nor
too much. Only where people waited too long beside all of its lateness was the system the limit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a level has to keep to be carried, and the generator to be believed."""

    p95_ms: float
    achieved: float
    failed: float
    late_p99_ms: float
    share_of_a_core: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelResult:
    """What a level came to; `throughput` are requests answered per second, within it."""

    rate: float
    visits: int
    achieved: float
    requests: int
    failed: int
    throughput: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    late_p99_ms: float
    share_of_a_core: float

    @property
    def failed_ratio(self) -> float:
        return self.failed / self.requests if self.requests else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Knee:
    """The highest level that was carried; `why` says what was too much about the next."""

    level: LevelResult
    is_open: bool
    why: str


def doubt(level: LevelResult, limits: Limits) -> str | None:
    """Why a level says nothing: the generator was the limit."""
    # A latency counts from when it was due, so the lateness is in it: what is left is the system's own. On
    # few cores a generator is always a little late where the system takes them all.
    is_the_systems = level.p95_ms - level.late_p99_ms > limits.p95_ms
    if level.late_p99_ms > limits.late_p99_ms and not is_the_systems:
        return f"the generator began visits {level.late_p99_ms:.0f} ms late (p99)"
    if level.share_of_a_core > limits.share_of_a_core:
        return f"the generator took {level.share_of_a_core:.0%} of a core"
    return None


def complaint(level: LevelResult, limits: Limits) -> str | None:
    """Why a level was not carried."""
    # One failure is no ratio where a level has fewer requests than it takes for one.
    if level.failed > max(1.0, limits.failed * level.requests) or not level.requests:
        return f"{level.failed} of {level.requests} requests failed"
    if level.p95_ms > limits.p95_ms:
        return f"p95 was {level.p95_ms:.0f} ms"
    if level.achieved < limits.achieved:
        return f"{level.achieved:.1%} of the visits were done in time"
    return None


def knee_of(levels: Sequence[LevelResult], limits: Limits) -> Knee | None:
    """The knee; None when not even the lowest level was carried."""
    believed = [level for level in levels if doubt(level, limits) is None]
    refused = [level for level in believed if complaint(level, limits)]
    ceiling = min(refused, key=lambda level: level.rate, default=None)
    carried = [
        level
        for level in believed
        if not complaint(level, limits) and (ceiling is None or level.rate < ceiling.rate)
    ]
    if not carried:
        return None
    best = max(carried, key=lambda level: level.rate)
    why = "" if ceiling is None else f"at {ceiling.rate:g}/s {complaint(ceiling, limits)}"
    return Knee(level=best, is_open=ceiling is None, why=why)


def next_rate(
    levels: Sequence[LevelResult], *, rates: Sequence[float], refinements: int, limits: Limits
) -> float | None:
    """Which level to try next: up the ladder until one is too much, then between it and the knee."""
    ceiling = min((level.rate for level in levels if _is_too_much(level, limits)), default=None)
    tried = {level.rate for level in levels}
    if ceiling is None:
        return next((rate for rate in rates if rate not in tried), None)
    floor = max((level.rate for level in levels if level.rate < ceiling), default=None)
    if floor is None or len(tried - set(rates)) >= refinements:
        return None
    # Rates are compared as ratios, so halve the ratio.
    between = round(math.sqrt(floor * ceiling), 1)
    # Of rates that are close or low, rounding leaves one that was tried.
    return between if floor < between < ceiling else None


def _is_too_much(level: LevelResult, limits: Limits) -> bool:
    # Nor does it help to go on when the generator no longer keeps up.
    return doubt(level, limits) is not None or complaint(level, limits) is not None
