"""What a run did, for people and for programs."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from strangler.errors import StranglerError
from strangler.ladder import Move


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One effect as it was done."""

    name: str
    started_at: datetime
    seconds: float


@dataclass(slots=True, kw_only=True)
class Step:
    """One move as it was made."""

    move: Move
    started_at: datetime
    ended_at: datetime | None = None
    pause_ms: float | None = None
    effects: list[Done] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Result:
    """What a run did; `error` says why it ended early."""

    seam: str
    origin: str
    goal: str
    steps: list[Step] = field(default_factory=list)
    error: StranglerError | None = None

    @property
    def ok(self) -> bool:
        return self.error is None

    def to_json(self) -> dict[str, Any]:
        """The document that --json prints."""
        return {
            "seam": self.seam,
            "from": self.origin,
            "to": self.goal,
            "ok": self.ok,
            **({"error": str(self.error)} if self.error else {}),
            "steps": [_step_json(step) for step in self.steps],
        }


def _step_json(step: Step) -> dict[str, Any]:
    ended_at = step.ended_at or step.started_at
    return {
        "from": step.move.origin.name,
        "to": step.move.goal.name,
        "started_at": step.started_at.isoformat(),
        "ended_at": ended_at.isoformat(),
        "duration_s": round((ended_at - step.started_at).total_seconds(), 3),
        "pause_ms": step.pause_ms,
        "effects": [_done_json(done) for done in step.effects],
    }


def _done_json(done: Done) -> dict[str, Any]:
    return {
        "name": done.name,
        "started_at": done.started_at.isoformat(),
        "seconds": done.seconds,
    }
