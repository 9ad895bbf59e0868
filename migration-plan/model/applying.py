"""The applier: effects, position and acceptance of the token in one transaction.

Messages are applied one by one. A batch is several of them in one transaction: the same states, less
those in between.
"""

from collections.abc import Iterator

from model.bounds import Scope
from model.guards import Guards
from model.state import FOR_EVER, OWNER, Copy, Fact, Grant, Message, Row, Side, State, at, with_side
from model.writing import Steps


def apply(state: State, scope: Scope, guards: Guards) -> Steps:
    """Apply a message and acknowledge it. Any order of delivery: whichever the queue holds."""
    for y, n, after in _applied(state, guards):
        side = after.sides[y]
        yield (y, n), with_side(after, y, side._replace(queue=side.queue & ~(1 << n - 1)))


def apply_unacknowledged(state: State, scope: Scope, guards: Guards) -> Steps:
    """Apply a message and die before the acknowledgment: it will be delivered again."""
    for y, n, after in _applied(state, guards):
        yield (y, n), after


def drop(state: State, scope: Scope, guards: Guards) -> Steps:
    """Acknowledge a message that was applied before, and do nothing else."""
    for y, side in enumerate(state.sides):
        for n in _numbers(side.queue):
            if n <= side.received:
                yield (y, n), with_side(state, y, side._replace(queue=side.queue & ~(1 << n - 1)))


def _applied(state: State, guards: Guards) -> Iterator[tuple[int, int, State]]:
    for y, side in enumerate(state.sides):
        for n in _numbers(side.queue):
            if (n <= side.received and guards.dedupe) or (
                n > side.received + 1 and guards.gap_stop
            ):
                continue
            message = state.sides[1 - y].outbox[n - 1]
            if message is not None:
                after = effect(side, message, guards)
                position = max(n, side.received)
                yield y, n, with_side(state, y, after._replace(received=position))


def effect(side: Side, message: Message, guards: Guards) -> Side:
    """What a message does to a database."""
    match message:
        case Fact():
            known = side.records[message.key] or message.version
            records = at(side.records, message.key, known) if guards.records_move else side.records
            return _row(side._replace(records=records), message, guards)
        case Copy():
            version = FOR_EVER if message.row is None else len(message.row)
            fact = Fact(message.entity, message.row, version, key=0, epoch=0)
            return _row(side, fact, guards)
        case Grant():
            return accept(side, message, guards)


def _row(side: Side, fact: Fact, guards: Guards) -> Side:
    here, buried = side.rows[fact.entity], side.buried[fact.entity]
    if fact.row is None:
        deeper = at(side.buried, fact.entity, max(buried, fact.version))
        is_older = here is not None and len(here) <= fact.version
        return side._replace(
            buried=deeper if guards.tombstones else side.buried,
            rows=at(side.rows, fact.entity, None) if is_older else side.rows,
        )
    if 0 < buried >= fact.version or not _is_newer(fact.row, here, guards):
        return side
    return side._replace(rows=at(side.rows, fact.entity, fact.row))


def _is_newer(row: Row, here: Row, guards: Guards) -> bool:
    if row is None or here is None or not guards.version_guard:
        return True
    return len(here) < len(row)


def accept(side: Side, grant: Grant, guards: Guards) -> Side:
    """Become the owner, or leave the token: burned, stale, or not what it promises."""
    is_expected = side.mode != OWNER and side.epoch == grant.epoch - 1
    is_equal = side.rows == grant.rows and (
        side.records == grant.records or not guards.records_move
    )
    if (guards.epoch_check and not is_expected) or (guards.digest and not is_equal):
        return side
    return side._replace(mode=OWNER, epoch=grant.epoch, buried=(0,) * len(side.buried))


def _numbers(queue: int) -> Iterator[int]:
    n = 1
    while queue:
        if queue & 1:
            yield n
        queue >>= 1
        n += 1
