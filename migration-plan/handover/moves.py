"""A handover as an operator drives it: release, await the acceptance, reclaim a late token.

Any number of operators may run this at once, and any of them may die: each step is a compare and
set in one database, and where the move stands is read back from both.
"""

import time
from dataclasses import dataclass
from datetime import datetime

import psycopg

from handover import witness
from handover.backoff import delays
from handover.operator import Hand
from handover.standing import Ownership, Release

POLL_S = 0.002


class HandoverError(RuntimeError):
    """The writes did not change sides; where they are is said in the message.

    * HandoverError
      x BusyError       the writers did not make room for the release; the giver still owns
      x ReclaimedError  the token was late or refused; the giver owns again
      x StuckError      a token is in flight, and could be neither accepted nor taken back
    """


class BusyError(HandoverError):
    """Writers held the lock through every try; nothing has changed."""


class ReclaimedError(HandoverError):
    """The token was late or refused, and the giver has the writes again."""


class StuckError(HandoverError):
    """The token could be neither accepted nor burned; nobody writes until that is mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A completed handover.

    `pause_ms` is the time nobody accepted writes: from the release's commit to the acceptance's.
    It is None when this operator found the move already done.
    """

    epoch: int
    pause_ms: float | None
    waited_ms: float | None
    held_ms: float | None


def hand_over(
    giver: Hand,
    taker: Hand,
    domain: str,
    *,
    lock_timeout_ms: int = 500,
    token_timeout_s: float = 2.0,
    tries: int = 20,
) -> Handed:
    """Move the writes of `domain` from `giver` to `taker`, or leave them where they are.

    Continues a token that is already in flight, and returns at once when `taker` owns. Raises
    BusyError, ReclaimedError or StuckError.
    """
    theirs = taker.ownership(domain)
    if theirs.mode == "OWNER":
        return Handed(epoch=theirs.epoch, pause_ms=None, waited_ms=None, held_ms=None)
    mine = giver.ownership(domain)
    if mine.mode == "RELEASED":
        return _await_acceptance(
            giver, taker, domain, epoch=mine.epoch, released=None, timeout_s=token_timeout_s
        )
    require_one_epoch(giver, taker, domain)
    released = _release(giver, domain, mine, lock_timeout_ms=lock_timeout_ms, tries=tries)
    # Not what the giver says now: others may have moved on, and its epoch need not be a token's.
    # Burning what is no token could leave both sides BURNED, and then nobody may own again.
    return _await_acceptance(
        giver, taker, domain, epoch=released.epoch, released=released, timeout_s=token_timeout_s
    )


def require_one_epoch(giver: Hand, taker: Hand, domain: str) -> None:
    """Raise HandoverError when a copy was restored from an earlier epoch than its owner's.

    A token that leaves for it could be neither accepted nor burned, nor taken back; and one that was
    burned before the restore, published again, would be accepted: there would be two owners.
    """
    mine, theirs = giver.ownership(domain), taker.ownership(domain)
    if mine.mode == "OWNER" and theirs.mode != "OWNER" and mine.epoch != theirs.epoch:
        msg = (
            f"the {giver.side} owns {domain} in epoch {mine.epoch}, and the {taker.side}'s copy is of "
            f"epoch {theirs.epoch}: that database was restored from before; see "
            f"migration-plan/runbooks/restore.md"
        )
        raise HandoverError(msg)


def _release(
    giver: Hand, domain: str, mine: Ownership, *, lock_timeout_ms: int, tries: int
) -> Release:
    if mine.mode != "OWNER":
        msg = f"{giver.side} does not own the writes of {domain} ({mine.mode}, epoch {mine.epoch})"
        raise HandoverError(msg)
    giver.prepare_release(domain)
    waits = delays(first_s=0.05, last_s=1.0)
    for _ in range(tries):
        try:
            return giver.release(domain, epoch=mine.epoch, lock_timeout_ms=lock_timeout_ms)
        except psycopg.errors.LockNotAvailable:
            # Let the writers that queued behind us through before asking again.
            time.sleep(next(waits))
    inside = "; ".join(str(session) for session in witness.writers(giver, domain)[:3])
    msg = (
        f"the writers of {domain} left no room for {lock_timeout_ms} ms in {tries} tries; the "
        f"{giver.side} still owns the writes; inside now: {inside or 'nobody any more'}"
    )
    raise BusyError(msg)


def _await_acceptance(
    giver: Hand,
    taker: Hand,
    domain: str,
    *,
    epoch: int,
    released: Release | None,
    timeout_s: float,
) -> Handed:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        theirs = taker.ownership(domain)
        if theirs.mode == "OWNER" and theirs.epoch == epoch:
            return _handed(theirs, released)
        if any(refused["epoch"] == epoch for refused in taker.refused_grants(domain)):
            break
        time.sleep(POLL_S)
    return _reclaim(giver, taker, domain, epoch=epoch, released=released)


def _reclaim(
    giver: Hand, taker: Hand, domain: str, *, epoch: int, released: Release | None
) -> Handed:
    """Burn the token at the receiver, then take it back; the order is what makes it safe."""
    try:
        burned = taker.burn(domain, epoch=epoch)
    except psycopg.OperationalError as error:
        msg = (
            f"token {epoch} of {domain} is in flight and the {taker.side}'s database does not "
            f"answer ({error}); bring it back, then resume"
        )
        raise StuckError(msg) from error
    if not burned:
        return _accepted_after_all(taker, domain, epoch=epoch, released=released)
    if not giver.retake(domain, epoch=epoch):
        msg = f"token {epoch} of {domain} was burned but not retaken; resume"
        raise StuckError(msg)
    reasons = [r["reason"] for r in taker.refused_grants(domain) if r["epoch"] == epoch]
    why = f"refused by the {taker.side} ({reasons[0]})" if reasons else "late"
    msg = f"token {epoch} of {domain} was {why}; the {giver.side} owns the writes again"
    raise ReclaimedError(msg)


def _accepted_after_all(
    taker: Hand, domain: str, *, epoch: int, released: Release | None
) -> Handed:
    theirs = taker.ownership(domain)
    if theirs.mode == "OWNER":
        return _handed(theirs, released)
    # It accepted, and gave the writes away again: what is in flight is not our token.
    msg = (
        f"token {epoch} of {domain} arrived, and the {taker.side} has {theirs.mode.lower()} "
        f"the writes since (epoch {theirs.epoch}); finish that handover first"
    )
    raise StuckError(msg)


def _handed(theirs: Ownership, released: Release | None) -> Handed:
    if released is None:
        return Handed(epoch=theirs.epoch, pause_ms=None, waited_ms=None, held_ms=None)
    return Handed(
        epoch=theirs.epoch,
        pause_ms=_elapsed_ms(released.released_at, theirs.changed_at) + released.held_ms,
        waited_ms=released.waited_ms,
        held_ms=released.held_ms,
    )


def _elapsed_ms(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds() * 1000)
