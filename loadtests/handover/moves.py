"""Many handovers, there and back, while merchants write at a pace through the gateway."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loadtests.compare.effort import machine_seconds
from loadtests.handover.windows import Felt, Window, felt, window_of
from loadtests.handover.writers import writing
from loadtests.services.errors import BenchError
from loadtests.services.measured import AT_MOST, Part, Ratio, percentile
from loadtests.services.pace import Pace, Sample
from loadtests.services.shop import SEAMS, Shop

ADDED_P99_MS = 100.0
ADDED_MAX_MS = 250.0
MOST_LATE_S = 3.0
SEAM = "catalog"
HOME, AWAY = "canary-100", "cutover"
CALM_S = 10.0
"""So long only writes go on before the first move, to see what one of them costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Each move's window, and every write from the first measured move to the last.

    `write_ms` is the time of all cores that one write took in the calm before: of whoever asks, of
    the gateway, of the owner, and of all that carries it to the other side.
    """

    windows: Sequence[Window]
    samples: Sequence[Sample]
    write_ms: float


def measure(shop: Shop, *, moves: int, rate: float, every_s: float) -> Part:
    """Move the writes of catalog so many times, and look at the slowest write of each move."""
    bring_others_home(shop)
    shop.place(SEAM, HOME)
    seen = observe(shop, moves=moves, rate=rate, every_s=every_s)
    return _part(felt(seen.samples, seen.windows), seen, rate=rate)


def bring_others_home(shop: Shop) -> None:
    """Whoever needs our seam at cutover would forbid the way back."""
    for seam in reversed(SEAMS):
        if seam != SEAM:
            shop.place(seam, "monolith")


def observe(shop: Shop, *, moves: int, rate: float, every_s: float = 0.0) -> Seen:
    """Move so many times, as an operator would and with nothing else going on; ends where it began.

    A move begins `every_s` after the one before, or when that has ended: an order starts an
    interpreter on these cores, too, and one after the other would keep them busy with that.
    """
    with writing(shop, rate=rate) as pace:
        write_ms = cost_of_a_write(pace, rate=rate)
        # Not measured: the first move may want reads to compare, and a reconcile.
        for goal in (AWAY, HOME):
            shop.move(SEAM, goal)
        since, begun = time.time(), time.monotonic()
        windows = []
        for number in range(moves):
            time.sleep(max(begun + number * every_s - time.monotonic(), 0))
            windows.append(_handover(shop, number, of=moves, pace=pace, rate=rate))
        samples = [sample for sample in pace.stop() if sample.at >= since]
    if moves % 2:
        shop.place(SEAM, HOME)
    return Seen(windows=windows, samples=samples, write_ms=write_ms)


def _handover(shop: Shop, number: int, *, of: int, pace: Pace, rate: float) -> Window:
    shop.say(f"handover {number + 1} of {of}")
    verb, goal = ("retreat", HOME) if number % 2 else ("advance", AWAY)
    window = window_of(shop.order(verb, SEAM, goal))
    check_pace(pace, rate=rate)
    return window


def cost_of_a_write(pace: Pace, *, rate: float) -> float:
    """Milliseconds of all cores for each write that is answered; raises BenchError if none is."""
    busy_s, answered = machine_seconds(), pace.answered
    time.sleep(CALM_S)
    check_pace(pace, rate=rate)
    if pace.answered == answered:
        raise BenchError("no write was answered")
    return 1_000 * (machine_seconds() - busy_s) / (pace.answered - answered)


def check_pace(pace: Pace, *, rate: float) -> None:
    """Raises BenchError when writes pile up: what they wait for is then not the handover."""
    if pace.late_s > MOST_LATE_S:
        msg = f"{rate:g} writes a second are more than this machine answers: name a lower --rate"
        raise BenchError(msg)


def _part(found: Felt, seen: Seen, *, rate: float) -> Part:
    seconds = seen.samples[-1].at - seen.samples[0].at
    pauses = [window.pause_ms for window in seen.windows]
    figures: Mapping[str, float | int | str] = {
        "handovers": len(seen.windows),
        "writes": len(seen.samples),
        "writes that failed": found.failed,
        "writes a second, wanted": rate,
        "writes a second, answered": round(len(seen.samples) / seconds, 1),
        "time of all cores for a write, without handovers, ms": round(seen.write_ms, 1),
        "writes a second that would fill this machine": round(1_000 * _cores() / seen.write_ms),
        "median of writes outside of handovers, ms": round(found.median_ms, 1),
        "slowest of as long a piece without one, added, p50 / p99 ms": _spread(found.quiet_ms),
        "slowest of each handover, added, p50 / p99 ms": _spread(found.added_ms),
        "nobody owned, p50 / p99 ms": _spread(pauses),
    }
    failed = Ratio(
        name="writes that failed", value=float(found.failed), target=0, sense=AT_MOST, unit=""
    )
    return Part(name="moves", ratios=(*_added(found), failed), figures=figures)


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _added(found: Felt) -> list[Ratio]:
    limits = {
        "p99": (percentile(found.added_ms, 99), ADDED_P99_MS),
        "max": (max(found.added_ms), ADDED_MAX_MS),
    }
    return [
        Ratio(
            name=f"what a handover adds to the slowest write in it, {name}",
            value=value,
            target=target,
            sense=AT_MOST,
            unit="ms",
        )
        for name, (value, target) in limits.items()
    ]


def _spread(values: Sequence[float]) -> str:
    return f"{percentile(values, 50):.1f} / {percentile(values, 99):.1f}"
