"""One run on its way: intent in the journal, effect, outcome in the journal.

Nothing here decides whether a move is safe: the checks, the fence and the token do. The journal is
for whoever comes after a crash.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from strangler import giving_up
from strangler.attempt import attempt
from strangler.effect import Effect
from strangler.effects import effects_of
from strangler.errors import RefusedError, StoppedError, StranglerError, UnreachableError
from strangler.journal import HAND_OVER, MOVE, RUN
from strangler.ladder import Move, Standing
from strangler.plan import Stage
from strangler.result import Done, Result, Step
from strangler.world import World


@dataclass(slots=True, kw_only=True)
class Walk:
    """One run on its way."""

    world: World
    run_id: uuid.UUID
    result: Result
    # Where this run has brought the seam; None: it has changed nothing.
    brought_to: Standing | None = None

    def along(self, moves: Sequence[Move], *, verb: str, standing: Standing) -> Result:
        """Make the moves in order; a failed effect ends the run and is in the result."""
        between = [standing.position.name, standing.towards.name] if standing.towards else None
        intent: dict[str, Any] = {"verb": verb, "to": self.result.goal, "between": between}
        if self.result.goal == self.world.ladder.retired.name:
            # For whoever resumes it.
            intent["quiet_s"] = self.world.plan.retire.quiet_s
        self._note(RUN, "intent", intent)
        try:
            for move in moves:
                self._make(move)
        except (StranglerError, KeyboardInterrupt) as error:
            self._close_failed(error)
            if isinstance(error, KeyboardInterrupt):
                raise
            self.result.error = self._told(error)
            return self.result
        self._note(RUN, "done", {})
        return self.result

    def _told(self, error: StranglerError) -> StranglerError:
        if self.brought_to and isinstance(error, RefusedError):
            return StoppedError(error, seam=self.world.domain, standing=self.brought_to.name)
        return error

    def _make(self, move: Move) -> None:
        step = Step(move=move, started_at=datetime.now(tz=UTC))
        self.result.steps.append(step)
        self.world.watch.move(move)
        try:
            for effect in self._effects(move):
                self._do(effect, step)
        finally:
            step.ended_at = datetime.now(tz=UTC)
        self._note(MOVE, "done", _ends(move))
        self.brought_to = Standing(position=move.goal)

    def _effects(self, move: Move) -> list[Effect]:
        effects = effects_of(move)
        if not move.begun or self._looks_again(move):
            return list(effects)
        return [effect for effect in effects if not effect.is_preparation]

    def _looks_again(self, move: Move) -> bool:
        """Whether a move that was begun may still be refused, however long ago it was begun."""
        if move.goal.stage is Stage.RETIRED:
            # As long as nothing is lost.
            return giving_up.is_reversible(self.world)
        if move.changes_owner:
            # As long as nothing was given away; who has released has to get to an end.
            return self.world.hand(move.origin.owner).ownership(self.world.domain).mode == "OWNER"
        # More reads for a service that may have got worse since; fewer are never refused.
        return move.goal.stage is Stage.CANARY and move.gives_more

    def _do(self, effect: Effect, step: Step) -> None:
        world, started, started_at = self.world, time.monotonic(), datetime.now(tz=UTC)
        if not attempt(lambda: effect.needed(world), world):
            return
        ends = _ends(step.move)
        self._note(effect.name, "intent", {**ends, "changes": effect.changes})
        if effect.changes:
            self.brought_to = Standing(position=step.move.origin, towards=step.move.goal)
        world.watch.effect(effect.name)
        try:
            detail = attempt(lambda: effect.act(world), world)
        except StranglerError as error:
            self._try_note(effect.name, "failed", {**ends, "error": str(error)})
            raise
        seconds = round(time.monotonic() - started, 3)
        if effect.name == HAND_OVER:
            pause_ms = detail.get("pause_ms")
            step.pause_ms = float(str(pause_ms)) if pause_ms is not None else None
        step.effects.append(Done(name=effect.name, started_at=started_at, seconds=seconds))
        self._note(effect.name, "done", {**ends, **detail, "seconds": seconds})
        world.watch.done(effect.name, seconds, _told(detail))

    def _close_failed(self, error: BaseException) -> None:
        self._try_note(RUN, "failed", {"error": str(error) or type(error).__name__})

    def _try_note(self, step: str, phase: Literal["failed"], detail: dict[str, Any]) -> None:
        try:
            self._note(step, phase, detail)
        except UnreachableError:
            # Then the run stays open in the journal, which is what `resume` looks for.
            return

    def _note(
        self, step: str, phase: Literal["intent", "done", "failed"], detail: dict[str, Any]
    ) -> None:
        attempt(lambda: self.world.journal.note(self.run_id, step, phase, **detail), self.world)


def _ends(move: Move) -> dict[str, Any]:
    return {"from": move.origin.name, "to": move.goal.name}


def _told(detail: Mapping[str, object]) -> str:
    """One short line of what an effect found; long values stay in the journal."""
    short = {name: value for name, value in detail.items() if not isinstance(value, list)}
    return ", ".join(f"{name} {value}" for name, value in short.items() if value is not None)
