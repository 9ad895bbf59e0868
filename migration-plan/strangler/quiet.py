"""The proof of disuse: for a given time nobody reads, writes, or tries to write the monolith's tables.

PostgreSQL counts scans and changed rows per table, and the fence counts whom it refuses. The applier, whose
own work would count too, has left the stream in its queue before.
"""

import time
from collections.abc import Mapping

from handover import retiring
from strangler.acts import POLL_S, Detail
from strangler.errors import FailedError
from strangler.world import World

# A session tells the server what it has counted at most once a second.
SETTLED_S = 1.2
PATIENCE_S = 15.0


def counts(world: World) -> dict[str, int]:
    """Everything that would show use, by name."""
    found: dict[str, int] = {}
    for use in retiring.uses(world.monolith, world.domain):
        found[f"reads of {use.table}"] = use.reads
        found[f"writes of {use.table}"] = use.writes
    refused = retiring.refusals(world.monolith, world.domain)
    found["writes caught by the net"] = refused.caught
    if world.plan.retire.counts_knocks:
        found["writes turned away at the door"] = refused.late
    return found


def see_that_nobody_uses_them(world: World) -> Detail:
    """Watch for as long as the plan says; raises FailedError as soon as anybody does."""
    quiet_s = world.plan.retire.quiet_s
    start, began = _settled(world), time.monotonic()
    while (watched := time.monotonic() - began) < quiet_s:
        _require_equal(world, start, watched=watched)
        world.watch.progress("quiet seconds", int(watched), int(quiet_s))
        time.sleep(min(POLL_S, quiet_s))
    _require_equal(world, start, watched=watched)
    return {"quiet_s": round(watched, 1), **{f"total {name}": n for name, n in start.items()}}


def _require_equal(world: World, start: Mapping[str, int], *, watched: float) -> None:
    now = counts(world)
    used = [f"{now.get(name, 0) - n} {name}" for name, n in start.items() if now.get(name, 0) != n]
    if used:
        raise FailedError(
            f"the monolith's copy is in use: {', '.join(used)} within {watched:.0f} s; see who: "
            f"strangler status {world.domain}; then: strangler resume {world.domain}, "
            f"or keep the copy: strangler resume {world.domain} --to cutover"
        )


def _settled(world: World) -> dict[str, int]:
    """Wait until the counters have taken in what was done before."""
    deadline = time.monotonic() + PATIENCE_S
    last, since = counts(world), time.monotonic()
    while time.monotonic() - since < SETTLED_S and time.monotonic() < deadline:
        time.sleep(POLL_S)
        now = counts(world)
        if now != last:
            last, since = now, time.monotonic()
    return last
