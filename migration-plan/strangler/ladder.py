"""The positions of a seam, in order, and the moves between neighbors. Pure."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from strangler.errors import RefusedError
from strangler.plan import Plan, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One rung: a stage, and the share of reads that the service answers."""

    stage: Stage
    weight: int = 0

    @property
    def name(self) -> str:
        """What people type."""
        return f"canary-{self.weight}" if self.stage is Stage.CANARY else self.stage.value

    @property
    def owner(self) -> Literal["monolith", "service"]:
        """Name the side that owns the writes here."""
        return "service" if self.stage in {Stage.CUTOVER, Stage.RETIRED} else "monolith"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """From one position to its neighbor."""

    origin: Position
    goal: Position
    # Some effects of it may have been done by a run that was cut off.
    begun: bool = False
    # Whether the gateway sends this seam's requests to one side or the other.
    is_routed: bool = True

    @property
    def label(self) -> str:
        return f"{self.origin.name} -> {self.goal.name}"

    @property
    def changes_owner(self) -> bool:
        return self.origin.owner != self.goal.owner

    @property
    def gives_more(self) -> bool:
        """Whether the service answers more of the reads afterwards."""
        return self.goal.weight > self.origin.weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a seam stands: at one position, or between two when a run was cut off."""

    position: Position
    towards: Position | None = None

    @property
    def name(self) -> str:
        if self.towards is None:
            return self.position.name
        return f"between {self.position.name} and {self.towards.name}"


class Ladder:
    """All positions of a seam."""

    def __init__(self, plan: Plan) -> None:
        self.positions: tuple[Position, ...] = (
            Position(stage=Stage.MONOLITH),
            Position(stage=Stage.SHADOW),
            *(Position(stage=Stage.CANARY, weight=weight) for weight in plan.canary),
            Position(stage=Stage.CUTOVER, weight=100 if plan.gateway else 0),
        )
        self._is_routed = plan.gateway is not None
        # Above all others, and not one of those that a seam walks up and down.
        self.retired = Position(stage=Stage.RETIRED, weight=self.positions[-1].weight)
        self._rungs = (*self.positions, self.retired)
        self._by_name = {position.name: position for position in self._rungs}

    def named(self, name: str) -> Position:
        """Find a position; raises RefusedError that lists them."""
        if name not in self._by_name:
            raise RefusedError(
                f"no position {name!r}; there are: {', '.join(p.name for p in self.positions)}"
            )
        return self._by_name[name]

    def at(self, stage: str, weight: int) -> Position:
        """Find the position of a seam's row."""
        name = f"canary-{weight}" if stage == Stage.CANARY else stage
        return self.named(name)

    def neighbor(self, standing: Standing, *, forward: bool) -> Position:
        """Name the next position in a direction; raises RefusedError at the ends."""
        if standing.towards is not None:
            ends = sorted((standing.position, standing.towards), key=self._place)
            return ends[1] if forward else ends[0]
        place = self._place(standing.position) + (1 if forward else -1)
        if not 0 <= place < len(self.positions):
            end = "last" if forward else "first"
            raise RefusedError(
                f"the seam stands at {standing.position.name}, its {end} position; "
                f"name another with --to, or see: strangler status"
            )
        return self.positions[place]

    def route(self, standing: Standing, goal: Position) -> list[Move]:
        """List the moves to a position; empty when the seam stands there."""
        if standing.towards is None:
            return self._path(standing.position, goal)
        lower, upper = sorted((standing.position, standing.towards), key=self._place)
        if self._place(goal) >= self._place(upper):
            return [self._move(lower, upper, begun=True), *self._path(upper, goal)]
        return [self._move(upper, lower, begun=True), *self._path(lower, goal)]

    def is_forward(self, standing: Standing, goal: Position) -> bool:
        """Whether the route to `goal` leads up the ladder."""
        moves: Sequence[Move] = self.route(standing, goal)
        return not moves or self._place(moves[0].goal) > self._place(moves[0].origin)

    def _path(self, origin: Position, goal: Position) -> list[Move]:
        here, there = self._place(origin), self._place(goal)
        step = 1 if there >= here else -1
        rungs = [self._rungs[place] for place in range(here, there + step, step)]
        return [self._move(a, b) for a, b in itertools.pairwise(rungs)]

    def _move(self, origin: Position, goal: Position, *, begun: bool = False) -> Move:
        return Move(origin=origin, goal=goal, begun=begun, is_routed=self._is_routed)

    def _place(self, position: Position) -> int:
        return self._rungs.index(position)
