"""Which moves are allowed, given where all seams stand. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from demo.steps import Order
from strangler.ladder import Ladder
from strangler.plan import Plan

HOME, GONE = "monolith", "cutover"


def possible(positions: Mapping[str, str], plans: Mapping[str, Plan]) -> list[Order]:
    """Every order that strangler would not refuse for the sake of another seam."""
    return [order for seam, plan in plans.items() for order in _of(seam, plan, positions, plans)]


def choose(positions: Mapping[str, str], plans: Mapping[str, Plan], chance: random.Random) -> Order:
    """One of them: first a seam, each as likely as the others, then where it goes."""
    orders = possible(positions, plans)
    seam = chance.choice(sorted({order.seam for order in orders}))
    return chance.choice([order for order in orders if order.seam == seam])


def _of(
    seam: str, plan: Plan, positions: Mapping[str, str], plans: Mapping[str, Plan]
) -> Iterator[Order]:
    ladder = [position.name for position in Ladder(plan).positions]
    here = ladder.index(positions[seam])
    if all(positions[needed] == GONE for needed in plan.needs):
        yield from _orders(seam, "advance", ladder[here + 1 :])
    if not any(positions[other] != HOME for other, its in plans.items() if seam in its.needs):
        yield from _orders(seam, "retreat", ladder[:here])


def _orders(seam: str, verb: str, goals: Sequence[str]) -> Iterator[Order]:
    return (Order(seam=seam, verb=verb, to=goal) for goal in goals)
