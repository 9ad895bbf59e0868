"""Where seams stand, and how one is brought to a position whatever was cut off before."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from chaos.coordinator import Coordinator, Said
from chaos.moves import GONE, HOME
from demo.commands import Commands
from demo.errors import StoryError
from demo.steps import Order
from strangler.plan import Plan

ENDS_WITHIN_S = 180.0
# Longer than the dead take to come back.
TRIES_WITHIN_S = 120.0
TRY_AGAIN_S = 0.5
REFUSED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What an operator typed, and what came of it."""

    verb: str
    said: Said


class Seams:
    """All seams of a running shop."""

    def __init__(self, commands: Commands, plans: Mapping[str, Plan]) -> None:
        self._commands = commands
        self._plans = plans
        # What strangler has said itself; asking it takes longer than many a move.
        self._known: dict[str, str] = {}

    def moved(self, seam: str, position: str) -> None:
        """Remember what a run has said."""
        self._known[seam] = position

    def forget(self, *seams: str) -> None:
        """Somebody else may have moved these, or all, or a run was cut off."""
        for seam in seams or tuple(self._known):
            self._known.pop(seam, None)

    def bring(self, seam: str, goal: str) -> tuple[Run, ...]:
        """Bring a seam to a position, after those that it needs; who needs it goes home first."""
        for other, plan in self._plans.items():
            if seam in plan.needs:
                # An earlier run may have left it where it keeps this one from going back.
                self.recover(other, HOME)
        for needed in self._plans[seam].needs:
            self.recover(needed, GONE)
        return self.recover(seam, goal)

    def recover(self, seam: str, goal: str) -> tuple[Run, ...]:
        """Do what an operator is told to do, until the seam stands at `goal`."""
        runs: list[Run] = []
        deadline = time.monotonic() + TRIES_WITHIN_S
        while self._known.get(seam) != goal:
            status = self._commands.ask("strangler", "strangler", "status", seam, "--json")
            if status["position"] != goal:
                runs.append(_run(seam, goal, status, runs[-1] if runs else None))
                if not runs[-1].said.ok:
                    _give_up(seam, goal, runs[-1], deadline=deadline)
                    continue
            self._known[seam] = goal
        return tuple(runs)


def _run(seam: str, goal: str, status: Mapping[str, object], last: Run | None) -> Run:
    ladder, position = [*_texts(status["positions"])], str(status["position"])
    verb = "resume"
    # Between two positions nothing else is taken; a resume is refused when there is nothing to mend.
    is_resumable = last is not None and (last.verb, last.said.code) != ("resume", REFUSED)
    if position in ladder and not is_resumable:
        verb = "advance" if ladder.index(goal) > ladder.index(position) else "retreat"
    said = Coordinator(Order(seam=seam, verb=verb, to=goal)).said(timeout_s=ENDS_WITHIN_S)
    return Run(verb=verb, said=said)


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _give_up(seam: str, goal: str, last: Run, *, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise StoryError(f"{seam} cannot be brought to {goal}: {last.said.words}")
    time.sleep(TRY_AGAIN_S)
