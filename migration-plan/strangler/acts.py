"""What effects do with the world, where it is more than one call."""

import time
from collections.abc import Callable, Mapping

import psycopg

from handover import witness
from handover.backoff import delays
from strangler import copying
from strangler.errors import FailedError, ForbiddenError
from strangler.facts import Side
from strangler.gather import compared, gather
from strangler.ladder import Move
from strangler.lately import reconciled
from strangler.preflight import preflight
from strangler.world import World

Detail = Mapping[str, object]
POLL_S = 0.25


def check(world: World, *, move: Move) -> Detail:
    """Run the preflight until it says yes, as long as what is missing comes by itself."""
    deadline = time.monotonic() + world.plan.patience.checks_s
    while True:
        checks = preflight(gather(world), plan=world.plan, move=move)
        missing = [one for one in checks if not one.ok]
        if not missing:
            world.watch.checks(checks)
            return {"checks": len(checks)}
        hopeless = not world.waits or any(not one.comes_by_itself for one in missing)
        if hopeless or time.monotonic() >= deadline:
            world.watch.checks(checks)
            raise ForbiddenError(checks, look=_where_to_look(world, move))
        time.sleep(POLL_S)


def _where_to_look(world: World, move: Move) -> str:
    if move.goal == world.ladder.retired:
        return f"strangler retire {world.domain} --dry-run"
    return f"strangler preflight {world.domain}"


def reconcile_clean(world: World) -> Detail:
    """Compare both sides; differences end the run, for repair is a decision of people."""
    report = copying.compare(world)
    if not report.clean:
        # What is on its way is no difference, however long a dead broker keeps it.
        owner, replica = copying.owner_and_replica(world)
        copying.catch_up(world, giver=owner, taker=replica)
        report = copying.compare(world)
    if not report.clean:
        count = sum(len(entity.differences) for entity in report.entities)
        raise FailedError(
            f"{count} rows differ; see and mend them: strangler reconcile {world.domain} --repair, "
            f"then: strangler resume {world.domain}"
        )
    return copying.report_detail(world, report)


def is_stale(world: World) -> bool:
    """Whether the latest reconcile is too old, of another stream, or was not clean."""
    last = reconciled(world)
    is_good = last is not None and last.clean and last.is_of_this_stream
    return not is_good or last is None or last.age_s > world.plan.limits.reconcile_age_s


def await_comparisons(world: World) -> Detail:
    """Wait while load flows until enough reads were compared; the check decides over them."""
    deadline = time.monotonic() + world.plan.patience.comparisons_s
    limits = world.plan.limits
    wanted = limits.compared_reads or 0
    while True:
        found = compared(world)
        unseen = found.unseen(limits.compared_routes)
        # Those that failed while the service restarted are outweighed by the reads that follow.
        answered = found.failed_share <= limits.failed_share
        is_enough = found.alike >= wanted and answered and not unseen
        if is_enough or found.different > limits.different_reads:
            break
        if not world.waits or time.monotonic() >= deadline:
            break
        what = f"compared reads; none yet of {unseen[0]}" if unseen else "compared reads"
        world.watch.progress(what, min(found.alike, wanted), wanted)
        time.sleep(POLL_S)
    return {
        "equal": found.alike,
        "different": found.different,
        "failed": found.failed,
        "not_compared": list(unseen),
    }


def start_capture(world: World) -> Detail:
    """Switch the change stream on, beginning with a reset of the replica."""
    return {"began": _when_writers_let_us(world, world.monolith.start_capture)}


def stop_capture(world: World) -> Detail:
    """Switch the change stream off."""
    return {"ended": _when_writers_let_us(world, world.monolith.stop_capture)}


def _when_writers_let_us(world: World, switch: Callable[..., bool]) -> bool:
    limits, waits = world.plan.handover, delays(first_s=0.05, last_s=1.0)
    for _ in range(limits.tries):
        try:
            return switch(world.domain, lock_timeout_ms=limits.lock_timeout_ms)
        except psycopg.errors.LockNotAvailable:
            # Writers that queued behind us go first.
            time.sleep(next(waits))
    inside = witness.writers(world.monolith, world.domain)
    raise FailedError(
        f"the writers of {world.domain} left no room in {limits.tries} tries; inside now: "
        f"{'; '.join(map(str, inside[:3])) or 'nobody any more'}; "
        f"then: strangler resume {world.domain}"
    )


def see_owner(world: World, *, owner: Side) -> Detail:
    """Read ownership on both sides."""
    found, _ = copying.owner_and_replica(world)
    if found != owner:
        raise FailedError(
            f"the {found} owns the writes and not the {owner}: somebody else has moved them; see "
            f"strangler status {world.domain}, {world.then}"
        )
    return {"owner": found}
