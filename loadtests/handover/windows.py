"""Which requests a handover made wait, and for how long more than others: pure.

* **window**: when a handover went on, a little longer on both sides, in seconds of the wall clock.
* **added**: the milliseconds of a window's slowest write beyond the median of writes outside of every
  window. That is what one move cost the client it hit worst.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loadtests.services.errors import BenchError
from loadtests.services.pace import Sample

HAND_OVER = "hand over the writes"
MARGIN_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One handover; `pause_ms` is how long nobody owned, by the databases' clocks."""

    begun_at: float
    ended_at: float
    pause_ms: float


def window_of(answer: Mapping[str, Any]) -> Window:
    """Find the handover in what `strangler advance --json` printed; BenchError if there is none."""
    for step in answer["steps"]:
        for effect in step["effects"]:
            if effect["name"] == HAND_OVER and step["pause_ms"] is not None:
                begun_at = datetime.fromisoformat(effect["started_at"]).timestamp()
                return Window(
                    begun_at=begun_at - MARGIN_S,
                    ended_at=begun_at + effect["seconds"] + MARGIN_S,
                    pause_ms=float(step["pause_ms"]),
                )
    raise BenchError("strangler has moved no writes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """What the clients felt: `added` of each window, and of as long pieces of quiet time."""

    added_ms: tuple[float, ...]
    quiet_ms: tuple[float, ...]
    median_ms: float
    failed: int


def felt(samples: Sequence[Sample], windows: Sequence[Window]) -> Felt:
    """Compare each window with the time outside; `samples` are in the order they were due.

    Raises BenchError when nobody wrote outside of the windows.
    """
    due = [sample.at for sample in samples]
    inside: set[int] = set()
    slowest = []
    for window in windows:
        part = range(bisect_left(due, window.begun_at), bisect_left(due, window.ended_at))
        inside.update(part)
        slowest.append(max((samples[index].ms for index in part), default=0.0))
    outside = [sample for index, sample in enumerate(samples) if index not in inside]
    if not outside:
        raise BenchError("nobody wrote but in the handovers")
    median_ms = statistics.median(sample.ms for sample in outside)
    size = max(len(inside) // max(len(windows), 1), 1)
    pieces = [outside[start : start + size] for start in range(0, len(outside), size)]
    return Felt(
        added_ms=tuple(max(ms - median_ms, 0.0) for ms in slowest),
        quiet_ms=tuple(max(s.ms for s in piece) - median_ms for piece in pieces),
        median_ms=median_ms,
        failed=sum(not sample.ok for sample in samples),
    )
