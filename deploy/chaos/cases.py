"""The crash matrix: which victim is killed in which step of which handover. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from types import MappingProxyType
from typing import Literal

from stack.clusters import MONOLITH, POSTGRESQL
from stack.services import SERVICES, sides
from strangler.effects import effects_of
from strangler.journal import HAND_OVER, RECONCILE, TRY_WAY
from strangler.ladder import Ladder, Move, Standing
from strangler.plan import Plan

Direction = Literal["forward", "back"]
DIRECTIONS: tuple[Direction, ...] = ("forward", "back")
# The seam whose handover is killed at every step, by everybody.
WHOLE = "catalog"
COORDINATOR, DATABASE, BROKER = "coordinator", POSTGRESQL, "rabbitmq"
GUNICORN, WORKER = "gunicorn-master", "gunicorn-worker"
SHARED = (
    COORDINATOR,
    "monolith-relay",
    "monolith-applier",
    BROKER,
    DATABASE,
    "gateway-admin",
    "gateway-envoy",
    GUNICORN,
    WORKER,
)
# The servers that die one by one; DATABASE is all of them at once.
POSTMASTERS: Mapping[str, str] = MappingProxyType(
    {side: f"{side}-{POSTGRESQL}" for side in sides()}
)
# Over before an observer can be sure to act: the coordinator is held at the step's end.
BRIEF = ("await shadow comparisons", "place the seam", "see that one side owns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One kill."""

    seam: str
    direction: Direction
    step: str
    victim: str

    @property
    def name(self) -> str:
        return f"{self.seam}, {self.direction}, {self.step}, {self.victim}"

    @property
    def is_brief(self) -> bool:
        return self.step.startswith(BRIEF)


def handover(plan: Plan, direction: Direction) -> Move:
    """The one move of a seam in which the writes change sides."""
    ladder = Ladder(plan)
    lower, upper = ladder.positions[-2:]
    origin, goal = (lower, upper) if direction == "forward" else (upper, lower)
    return ladder.route(Standing(position=origin), goal)[0]


def steps_of(plan: Plan, direction: Direction) -> tuple[str, ...]:
    """What the handover does, in order, without what it may leave out."""
    effects = effects_of(handover(plan, direction))
    return tuple(effect.name for effect in effects if effect.name not in {RECONCILE, TRY_WAY})


def own_victims(seam: str) -> tuple[str, ...]:
    """The processes of a seam's service; of several instances the first."""
    service = next(service for service in SERVICES if service.name == seam)
    instances = (f"{seam}-1",) if service.instances else ()
    return (*instances, *(f"{seam}-{role}" for role in service.roles))


def databases_of(seam: str) -> tuple[str, ...]:
    """The servers of both sides of a seam: one dies, and the other lives."""
    return (POSTMASTERS[MONOLITH], POSTMASTERS[seam])


def victims_of(seam: str) -> tuple[str, ...]:
    """Whom the cases of a seam kill."""
    shared = SHARED if seam == WHOLE else (COORDINATOR,)
    return (*shared, *databases_of(seam), *own_victims(seam))


def matrix(plans: Mapping[str, Plan]) -> tuple[Case, ...]:
    """Every case: one seam whole, of the others the step in which the writes change sides."""
    return tuple(chain.from_iterable(_of_seam(seam, plan) for seam, plan in plans.items()))


def _of_seam(seam: str, plan: Plan) -> Iterator[Case]:
    for victim in victims_of(seam):
        ways = [
            [
                Case(seam=seam, direction=direction, step=step, victim=victim)
                for step in steps_of(plan, direction)
                if seam == WHOLE or step == HAND_OVER
            ]
            for direction in DIRECTIONS
        ]
        # There and back by turns: each case ends where the next begins.
        yield from (case for pair in zip_longest(*ways) for case in pair if case)


def chosen(
    cases: Sequence[Case],
    *,
    seams: Sequence[str] = (),
    directions: Sequence[str] = (),
    steps: Sequence[str] = (),
    victims: Sequence[str] = (),
    sample: int | None = None,
    seed: int = 1,
) -> tuple[Case, ...]:
    """Those that were asked for, in order; without a wish, all."""
    found = [
        case
        for case in cases
        if (not seams or case.seam in seams)
        and (not directions or case.direction in directions)
        and (not steps or any(step in case.step for step in steps))
        and (not victims or case.victim in victims)
    ]
    if sample is None or sample >= len(found):
        return tuple(found)
    # The same seed chooses the same cases everywhere.
    places = random.Random(seed).sample(range(len(found)), sample)  # noqa: S311
    return tuple(found[place] for place in sorted(places))
