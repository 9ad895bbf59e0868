"""The steps of the story, when each began and ended, and what strangler said of it.

* **position**: a rung of the seam's ladder, from `monolith` to `cutover`; strangler says which there are.
* **step**: one move to a neighboring position.
* **order**: what strangler is told; one or more steps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    seam: str
    verb: str
    to: str


def orders_of_one(seam: str, ladder: Sequence[str]) -> tuple[Order, ...]:
    """One seam forward and back rung by rung; forward again in one breath."""
    return (
        *(Order(seam=seam, verb="advance", to=position) for position in ladder[1:]),
        *(Order(seam=seam, verb="retreat", to=position) for position in reversed(ladder[:-1])),
        Order(seam=seam, verb="advance", to=ladder[-1]),
    )


def orders_of_all(seams: Sequence[str], *, back: bool = True) -> tuple[Order, ...]:
    """All seams to their cutover, each in one breath; the last one back, and out again."""
    forward = tuple(Order(seam=seam, verb="advance", to="cutover") for seam in seams)
    if not back:
        return forward
    last = seams[-1]
    return (
        *forward,
        Order(seam=last, verb="retreat", to="monolith"),
        Order(seam=last, verb="advance", to="cutover"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One move as it happened; the first one, from nowhere, is the monolith before all moves."""

    source: str
    target: str
    began: float
    ended: float
    ok: bool = True
    pause_ms: float | None = None
    seam: str = ""

    @property
    def title(self) -> str:
        if not self.source:
            return f"{self.target} (before)"
        return f"{self.seam} {self.source} → {self.target}".strip()

    @property
    def duration_s(self) -> float:
        return self.ended - self.began


class StepJournal:
    """Appends begin and end of each order, and the steps it was made of."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        self._path = path

    def begin(self, order: Order, *, at: float) -> None:
        self._append({"event": "begin", "at": at, **asdict(order)})

    def end(self, order: Order, *, at: float, ok: bool) -> None:
        self._append({"event": "end", "at": at, "ok": ok, **asdict(order)})

    def step(self, step: Step) -> None:
        self._append({"event": "step", **asdict(step)})

    def _append(self, line: Mapping[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(line) + "\n")


def steps_of(answer: Mapping[str, Any], *, seam: str = "") -> list[Step]:
    """Read strangler's answer to one order."""
    return [
        Step(
            seam=seam,
            source=step["from"],
            target=step["to"],
            began=_instant(step["started_at"]),
            ended=_instant(step["ended_at"]),
            ok=bool(step.get("ok", answer.get("ok", True))),
            pause_ms=step.get("pause_ms"),
        )
        for step in answer.get("steps", [])
    ]


def _instant(value: str | float) -> float:
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else float(value)
