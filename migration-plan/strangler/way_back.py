"""The way back, tried before anybody has to go it.

Until the service owns the writes it says nothing, so nobody knows whether its relay, the broker and the
monolith's applier would carry what it says. A retreat needs no such try: the token of a retreat goes the
way that every write of the service has gone, and the way that is the way back from there was that of all
writes before the cutover; whether it is worked on is asked, and who flees is not held up by more.
"""

import time
from collections.abc import Mapping

import psycopg

from strangler.diagnosis import Finding, obstacles
from strangler.errors import RefusedError
from strangler.gather import gather
from strangler.lately import tried
from strangler.world import World

POLL_S = 0.05
LOOK = "look at the log of the service's relay and of the monolith's applier"


def is_untried(world: World) -> bool:
    """Whether nobody has tried it lately, and the monolith would notice the message."""
    last, domain = tried(world), world.domain
    if last and last.counts(within_s=world.plan.limits.way_back_age_s):
        return False
    # Of a service that has forgotten what it sent, the next message has a number that was seen: it would be
    # dropped, and the monolith be past it. A check speaks of that, and one message less would be forgotten.
    return world.monolith.inbox_sequence(domain) <= world.service.stream_sequence(domain)


def try_it(world: World) -> Mapping[str, object]:
    """Have the service send a message without rows; return when the monolith has applied it."""
    number = _sent(world)
    deadline = time.monotonic() + world.plan.patience.checks_s
    hurries = not world.waits
    while world.monolith.inbox_sequence(world.domain) < number:
        # Who does not wait for what comes by itself still waits for the message, if somebody carries it.
        if time.monotonic() >= deadline or (hurries and _obstacles(world)):
            raise RefusedError(
                f"the way back is not open: message {number} of the service has not come to the monolith, "
                f"which owns the writes as before; {_who(world)}, {world.then}"
            )
        hurries = False
        time.sleep(POLL_S)
    return {"sequence": number}


def _sent(world: World) -> int:
    try:
        return world.service.try_way(world.domain)
    except psycopg.errors.UndefinedFunction as error:
        raise RefusedError(
            f"the way back cannot be tried: the service's database is not migrated; its `migrate`, "
            f"{world.then}"
        ) from error


def _obstacles(world: World) -> tuple[Finding, ...]:
    return obstacles(gather(world), giver="service", seam=world.domain)


def _who(world: World) -> str:
    """Name who does not carry it, and what to type."""
    return "; ".join([str(obstacle) for obstacle in _obstacles(world)] or [LOOK])
