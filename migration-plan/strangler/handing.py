"""Moving the writes: settle a token in flight, then hand over, whatever a killed run left."""

from collections.abc import Mapping

from handover.moves import Handed, ReclaimedError, hand_over
from strangler.diagnosis import diagnose
from strangler.facts import Side
from strangler.gather import gather
from strangler.world import World

# A late token was taken back and nothing is lost: the broker may have hiccuped, so ask again.
TOKENS = 3


def hand_the_writes(world: World, *, giver: Side, taker: Side) -> Mapping[str, object]:
    """Make `taker` the owner; returns what was measured. Repeating it changes nothing."""
    _settle(world, giver=giver, taker=taker)
    for tokens_left in reversed(range(TOKENS)):
        try:
            handed = _hand_over(world, giver=giver, taker=taker)
        except ReclaimedError as error:
            if not tokens_left:
                raise ReclaimedError(_with_the_cause(world, error)) from error
            continue
        return {
            "epoch": handed.epoch,
            "pause_ms": _pause_ms(world, handed, giver=giver, taker=taker),
            "waited_ms": handed.waited_ms,
            "held_ms": handed.held_ms,
        }
    raise AssertionError("the last try returns or raises")


def _with_the_cause(world: World, error: ReclaimedError) -> str:
    found = diagnose(gather(world), seam=world.domain)
    return "; ".join([str(error), *map(str, found)])


def _settle(world: World, *, giver: Side, taker: Side) -> None:
    """A token that travels the other way has to arrive, or be taken back, first."""
    mine, theirs = (world.hand(side).ownership(world.domain) for side in (giver, taker))
    if theirs.mode != "RELEASED":
        return
    if mine.mode == "RELEASED" and mine.epoch > theirs.epoch:
        # Who gave the writes away before is RELEASED until they come back: ours is the token in flight.
        return
    try:
        _hand_over(world, giver=taker, taker=giver)
    except ReclaimedError:
        # Taken back: it is where it should be.
        return


def _hand_over(world: World, *, giver: Side, taker: Side) -> Handed:
    limits = world.plan.handover
    return hand_over(
        world.hand(giver),
        world.hand(taker),
        world.domain,
        lock_timeout_ms=limits.lock_timeout_ms,
        token_timeout_s=limits.token_timeout_s,
        tries=limits.tries,
    )


def _pause_ms(world: World, handed: Handed, *, giver: Side, taker: Side) -> float | None:
    if handed.pause_ms is not None:
        return round(handed.pause_ms, 3)
    # Another run released: what both sides wrote down tells how long nobody owned.
    mine = world.hand(giver).ownership(world.domain)
    theirs = world.hand(taker).ownership(world.domain)
    if mine.mode != "RELEASED" or mine.epoch != theirs.epoch:
        return None
    return round((theirs.changed_at - mine.changed_at).total_seconds() * 1000, 3)
