"""Carrying history to the other side, waiting for it, and comparing both sides."""

import time
from collections import deque
from collections.abc import Mapping
from uuid import UUID

from handover.operator import lag
from handover.reconcile import Report, reconcile
from strangler.errors import FailedError
from strangler.facts import SIDES, Side
from strangler.world import World

POLL_S = 0.1


class _Patience:
    """Ends when nothing has moved for so many seconds: what is long may take long."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._seen: object = None
        self._since = time.monotonic()

    def is_over(self, position: object) -> bool:
        """Whether `position` has been the same for too long."""
        now = time.monotonic()
        if position != self._seen:
            self._seen, self._since = position, now
        return now - self._since >= self._limit_s


def owner_and_replica(world: World) -> tuple[Side, Side]:
    """Name the side that owns the writes, then the other; raises FailedError in between."""
    owners = [s for s in SIDES if world.hand(s).ownership(world.domain).mode == "OWNER"]
    if len(owners) != 1:
        raise FailedError(
            f"nobody owns the writes of {world.domain}: a token is in flight; "
            f"finish the handover: strangler resume {world.domain}"
        )
    return (owners[0], "service" if owners[0] == "monolith" else "monolith")


def backfill(world: World) -> Mapping[str, object]:
    """Put history into the stream, chunk by chunk, from where a former run stopped."""
    hand, domain, budget = world.monolith, world.domain, world.plan.backfill
    copied, begun_at = 0, time.monotonic()
    # How far the stream reached when each of the last chunks was in it.
    ends: deque[int] = deque(maxlen=budget.chunks_ahead)
    for entity in hand.entities(domain):
        begun = hand.backfill_progress(domain).get(entity)
        if begun and begun["finished_at"]:
            continue
        total, there = hand.row_count(domain, entity), begun["row_count"] if begun else 0
        finished = False
        while not finished:
            _await_room(world, ends)
            chunk = hand.snapshot_chunk(domain, entity, budget.chunk_rows)
            ends.append(hand.stream_end(domain))
            copied, there, finished = copied + chunk.copied, there + chunk.copied, chunk.finished
            world.watch.progress(f"copy {entity}", there, max(total, there))
            time.sleep(ahead_s(copied, time.monotonic() - begun_at, limit=budget.rows_per_s))
    return {"rows": copied}


def ahead_s(copied: int, took_s: float, *, limit: int | None) -> float:
    """How many seconds a copy is ahead of its limit of rows a second; nothing without a limit."""
    return 0.0 if limit is None else max(copied / limit - took_s, 0.0)


def _await_room(world: World, ends: deque[int]) -> None:
    """Let history be only so far ahead of the relay, and of the applier: others need both meanwhile."""
    hand, domain, budget = world.monolith, world.domain, world.plan.backfill
    # By the chunk and not by the lag, which live facts may keep up for ever.
    oldest = ends[0] if len(ends) == ends.maxlen else 0
    patience = _Patience(world.plan.patience.catch_up_s)
    while True:
        waiting, applied = hand.outbox_depth(domain), world.service.inbox_sequence(domain)
        if waiting <= budget.pause_above_messages and applied >= oldest:
            return
        if patience.is_over((waiting, applied)):
            raise FailedError(
                "history is not taken any more; look at the logs of the monolith's relay and of the "
                f"service's applier, then: strangler resume {domain}"
            )
        time.sleep(POLL_S)


def catch_up(world: World, *, giver: Side, taker: Side) -> Mapping[str, object]:
    """Await that `taker` has applied all that stands in `giver`'s outbox now."""
    sender, receiver, domain = world.hand(giver), world.hand(taker), world.domain
    start, mark = receiver.inbox_sequence(domain), sender.stream_end(domain)
    patience = _Patience(world.plan.patience.catch_up_s)
    while (applied := receiver.inbox_sequence(domain)) < mark:
        if lag(sender, receiver, domain).total == 0:
            break
        if patience.is_over(applied):
            raise FailedError(
                f"the {taker} is {mark - applied} messages behind; look at the log of the "
                f"{giver}'s relay and the {taker}'s applier, then: strangler resume {domain}"
            )
        world.watch.progress(f"the {taker} catches up", applied - start, mark - start)
        time.sleep(POLL_S)
    return {"sequence": receiver.inbox_sequence(domain)}


def compare(world: World) -> Report:
    """Reconcile both sides of the domain; rows in flight are looked at again."""
    owner, replica = owner_and_replica(world)
    return reconcile(
        world.hand(owner).connection,
        world.hand(replica).connection,
        world.domain,
        entities=world.monolith.entities(world.domain),
        progress=lambda entity, done, total: world.watch.progress(f"compare {entity}", done, total),
    )


def repair(world: World, report: Report) -> Mapping[str, int]:
    """Send the rows that differ again, through the ordinary stream; returns rows by entity."""
    owner, replica = owner_and_replica(world)
    sent = {}
    for entity in report.entities:
        keys: list[UUID] = [difference.key for difference in entity.differences]
        if keys:
            world.hand(owner).resend_rows(world.domain, entity.entity, keys)
            sent[entity.entity] = len(keys)
    catch_up(world, giver=owner, taker=replica)
    return sent


def report_detail(report: Report) -> dict[str, object]:
    """What the journal and --json keep of a reconcile."""
    return {
        "clean": report.clean,
        "seconds": round(report.seconds, 3),
        "entities": [
            {
                "entity": entity.entity,
                "rows_a": entity.rows_a,
                "rows_b": entity.rows_b,
                "ranges": entity.ranges,
                "differences": [
                    {
                        "key": str(difference.key),
                        "version_a": difference.version_a,
                        "version_b": difference.version_b,
                    }
                    for difference in entity.differences
                ],
            }
            for entity in report.entities
        ],
    }
