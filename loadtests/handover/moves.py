"""Many handovers, there and back, while merchants write at a pace through the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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


def measure(shop: Shop, *, moves: int, rate: float) -> Part:
    """Move the writes of catalog so many times, and look at the slowest write of each move."""
    bring_others_home(shop)
    shop.place(SEAM, HOME)
    windows, samples = observe(shop, moves=moves, rate=rate)
    return _part(felt(samples, windows), windows, samples, rate=rate)


def bring_others_home(shop: Shop) -> None:
    """Whoever needs our seam at cutover would forbid the way back."""
    for seam in reversed(SEAMS):
        if seam != SEAM:
            shop.place(seam, "monolith")


def observe(shop: Shop, *, moves: int, rate: float) -> tuple[list[Window], list[Sample]]:
    """Each move's window, and every write from the first move to the last; ends where it began."""
    windows = []
    with writing(shop, rate=rate) as pace:
        for number in range(moves):
            goal = HOME if number % 2 else AWAY
            shop.say(f"handover {number + 1} of {moves}")
            windows.append(window_of(shop.move(SEAM, goal)))
            check_pace(pace, rate=rate)
        samples = pace.stop()
    if moves % 2:
        shop.place(SEAM, HOME)
    return windows, samples


def check_pace(pace: Pace, *, rate: float) -> None:
    """Raises BenchError when writes pile up: what they wait for is then not the handover."""
    if pace.late_s > MOST_LATE_S:
        msg = f"{rate:g} writes a second are more than this machine answers: name a lower --rate"
        raise BenchError(msg)


def _part(
    found: Felt, windows: Sequence[Window], samples: Sequence[Sample], *, rate: float
) -> Part:
    seconds = samples[-1].at - samples[0].at
    pauses = [window.pause_ms for window in windows]
    figures: Mapping[str, float | int | str] = {
        "handovers": len(windows),
        "writes": len(samples),
        "writes that failed": found.failed,
        "writes a second, wanted": rate,
        "writes a second, answered": round(len(samples) / seconds, 1),
        "median of writes outside of handovers, ms": round(found.median_ms, 1),
        "slowest of as long a piece without one, added, p50 / p99 ms": _spread(found.quiet_ms),
        "slowest of each handover, added, p50 / p99 ms": _spread(found.added_ms),
        "nobody owned, p50 / p99 ms": _spread(pauses),
    }
    failed = Ratio(
        name="writes that failed", value=float(found.failed), target=0, sense=AT_MOST, unit=""
    )
    return Part(name="moves", ratios=(*_added(found), failed), figures=figures)


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
