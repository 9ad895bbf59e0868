"""Which moves are allowed, given where all seams stand. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from demo.steps import Order
from strangler.ladder import Ladder
from strangler.plan import Plan

HOME, GONE = "monolith", "cutover"
WITH_THE_TIDE, ALL_THE_WAY = 0.8, 0.4


def possible(positions: Mapping[str, str], plans: Mapping[str, Plan]) -> list[Order]:
    """Every order that strangler would not refuse for the sake of another seam."""
    return [order for seam, plan in plans.items() for order in _of(seam, plan, positions, plans)]


def choose(
    positions: Mapping[str, str], plans: Mapping[str, Plan], chance: random.Random, *, tide: str
) -> Order:
    """One of them: mostly with the tide, often all the way; each seam as likely as the others.

    Without a tide hardly ever all seams are away that another one needs.
    """
    orders = possible(positions, plans)
    if chance.random() < WITH_THE_TIDE:
        orders = [order for order in orders if order.verb == tide] or orders
    seam = chance.choice(sorted({order.seam for order in orders}))
    own = [order for order in orders if order.seam == seam]
    ends = [order for order in own if order.to in {HOME, GONE}]
    return chance.choice(ends if ends and chance.random() < ALL_THE_WAY else own)


def turned(tide: str, positions: Mapping[str, str]) -> str:
    """The tide after a move: it turns when everything has gone the way it went."""
    if set(positions.values()) == {GONE}:
        return "retreat"
    return "advance" if set(positions.values()) == {HOME} else tide


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
