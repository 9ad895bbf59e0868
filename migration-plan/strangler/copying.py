"""Carrying history to the other side, waiting for it, and comparing both sides."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from handover.operator import lag
from handover.reconcile import Difference, Report, reconcile
from strangler.errors import FailedError
from strangler.facts import SIDES, Side, other
from strangler.lately import refused_epochs
from strangler.world import World

POLL_S = 0.1


class _Patience:
    """Ends when what is left has not become less for so many seconds: what is long may take long."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._least: int | None = None
        self._since = time.monotonic()

    def is_over(self, left: int) -> bool:
        """Whether nothing has come nearer for too long; to and fro is not nearer."""
        now = time.monotonic()
        if self._least is None or left < self._least:
            self._least, self._since = left, now
        return now - self._since >= self._limit_s


def owner_and_replica(world: World) -> tuple[Side, Side]:
    """Name the side that owns the writes, then the other; raises FailedError in between."""
    modes = {side: world.hand(side).ownership(world.domain).mode for side in SIDES}
    owners = [side for side in SIDES if modes[side] == "OWNER"]
    if len(owners) == 1:
        return (owners[0], other(owners[0]))
    if not owners and "RELEASED" in modes.values():
        raise FailedError(
            f"nobody owns the writes of {world.domain}: a token is in flight; "
            f"finish the handover: strangler resume {world.domain}"
        )
    # Neither is mended by going on.
    whose = "both sides own" if owners else "nobody owns, and no token brings,"
    raise FailedError(f"{whose} the writes of {world.domain}; see strangler status {world.domain}")


def backfill(world: World) -> Mapping[str, object]:
    """Put history into the stream, chunk by chunk, from where a former run stopped."""
    hand, domain, budget = world.monolith, world.domain, world.plan.backfill
    copied, begun_at, room = 0, time.monotonic(), _Room(world, giver="monolith", taker="service")
    if hand.backfill_progress(domain):
        # Nobody says how much of what a former run sent is still to be applied.
        room.fill()
    for entity in hand.entities(domain):
        begun = hand.backfill_progress(domain).get(entity)
        if begun and begun["finished_at"]:
            continue
        total, there = hand.row_count(domain, entity), begun["row_count"] if begun else 0
        finished = False
        while not finished:
            # Who waits saves up no rows: the limit is for people, and they are there all the time.
            begun_at += room.wait()
            chunk = hand.snapshot_chunk(domain, entity, budget.chunk_rows)
            room.take()
            copied, there, finished = copied + chunk.copied, there + chunk.copied, chunk.finished
            world.watch.progress(f"copy {entity}", there, max(total, there))
            time.sleep(ahead_s(copied, time.monotonic() - begun_at, limit=budget.rows_per_s))
    return {"rows": copied}


def ahead_s(copied: int, took_s: float, *, limit: int | None) -> float:
    """How many seconds a copy is ahead of its limit of rows a second; nothing without a limit."""
    return 0.0 if limit is None else max(copied / limit - took_s, 0.0)


class _Room:
    """Lets history be only so far ahead of the relay and of the applier: others need both meanwhile."""

    def __init__(self, world: World, *, giver: Side, taker: Side) -> None:
        self._world, self._giver, self._taker = world, giver, taker
        self._sender, self._receiver = world.hand(giver), world.hand(taker)
        # How far the stream reached when each of the last chunks was in it. By the chunk and not by the
        # lag, which live facts may keep up for ever.
        self._ends: deque[int] = deque(maxlen=world.plan.backfill.chunks_ahead)

    def take(self) -> None:
        """A chunk was put into the stream."""
        self._ends.append(self._sender.stream_end(self._world.domain))

    def fill(self) -> None:
        """As much was put into the stream as may be."""
        end = self._sender.stream_end(self._world.domain)
        self._ends.extend([end] * self._world.plan.backfill.chunks_ahead)

    def wait(self) -> float:
        """Await room for one chunk more; return the seconds it took. Raises FailedError."""
        began, domain = time.monotonic(), self._world.domain
        most = self._world.plan.backfill.pause_above_messages
        self._await(lambda: self._sender.outbox_depth(domain) - most)
        if len(self._ends) == self._ends.maxlen:
            oldest = self._ends[0]
            self._await(lambda: oldest - self._receiver.inbox_sequence(domain))
        return time.monotonic() - began

    def _await(self, left: Callable[[], int]) -> None:
        patience = _Patience(self._world.plan.patience.catch_up_s)
        while (still := left()) > 0:
            if patience.is_over(still):
                raise FailedError(
                    f"history is not taken any more; look at the logs of the {self._giver}'s relay and "
                    f"of the {self._taker}'s applier, {self._world.then}"
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
        if patience.is_over(mark - applied):
            raise FailedError(
                f"the {taker} is {mark - applied} messages behind; look at the log of the "
                f"{giver}'s relay and the {taker}'s applier, {world.then}"
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
    room, rows = _Room(world, giver=owner, taker=replica), world.plan.backfill.chunk_rows
    sent = {}
    for entity in report.entities:
        keys = _gone_first(entity.differences)
        for start in range(0, len(keys), rows):
            room.wait()
            world.hand(owner).resend_rows(world.domain, entity.entity, keys[start : start + rows])
            room.take()
            sent[entity.entity] = min(start + rows, len(keys))
            world.watch.progress(f"repair {entity.entity}", sent[entity.entity], len(keys))
    catch_up(world, giver=owner, taker=replica)
    return sent


def _gone_first(differences: Sequence[Difference]) -> list[UUID]:
    # What is unique about a row that is gone (a SKU) may be another's by now, which comes later.
    return [d.key for d in sorted(differences, key=lambda d: d.version_a is not None)]


def report_detail(world: World, report: Report) -> dict[str, object]:
    """What the journal and --json keep of a reconcile; with the tokens that had been refused by then."""
    return {
        "clean": report.clean,
        "refused": {side: refused_epochs(world, side) for side in SIDES},
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
