"""Writers: door, idempotency record, change and fact in one transaction; answers may be lost.

A transaction is two steps, so that others can act in between: through the door (and no further check
after that), and the commit. The same key may be tried at both sides at once.
"""

from collections.abc import Iterator

from model.bounds import Command, Scope
from model.guards import Guards
from model.state import (
    OWNER,
    RELEASED,
    Attempt,
    Copy,
    Fact,
    Reading,
    Row,
    Side,
    State,
    Write,
    at,
    with_side,
)

Steps = Iterator[tuple[tuple[int, ...], State]]


def begin(state: State, scope: Scope, guards: Guards) -> Steps:
    """Go through the door of a side that owns; the other one refuses (DM001), and nothing changes."""
    for c, attempt in enumerate(state.attempts):
        if attempt.answer is not None:
            continue
        for x, side in enumerate(state.sides):
            if side.mode == OWNER and not attempt.inside[x] and not side.records[c]:
                inside = at(attempt.inside, x, side.epoch)
                yield (c, x), _attempt(state, c, attempt._replace(inside=inside))


def commit(state: State, scope: Scope, guards: Guards) -> Steps:
    """Commit, and the client is told."""
    for c, x, answer, after in _commits(state, scope, guards):
        attempt = after.attempts[c]
        told = attempt if attempt.answer is not None else attempt._replace(answer=answer)
        yield (c, x), _attempt(after, c, told)


def commit_unheard(state: State, scope: Scope, guards: Guards) -> Steps:
    """Commit, and the answer is lost: the client will ask again, with the same key."""
    for c, x, _, after in _commits(state, scope, guards):
        yield (c, x), after


def abandon(state: State, scope: Scope, guards: Guards) -> Steps:
    """The worker is killed, or the transaction is rolled back."""
    for c, attempt in enumerate(state.attempts):
        for x in (0, 1):
            if attempt.inside[x]:
                yield (c, x), _attempt(state, c, _outside(attempt, x))


def replay(state: State, scope: Scope, guards: Guards) -> Steps:
    """Answer a key from its record. Wherever one is found: a twin's answer needs no door."""
    for c, attempt in enumerate(state.attempts):
        if attempt.answer is None:
            for x, side in enumerate(state.sides):
                if side.records[c]:
                    yield (c, x), _attempt(state, c, attempt._replace(answer=side.records[c]))


def read_rows(state: State, scope: Scope, guards: Guards) -> Steps:
    """Read a row in order to send it again: backfill, or repair of one that differs."""
    if state.reading is not None:
        return
    for x, side in enumerate(state.sides):
        for entity in range(scope.entities) if side.mode == OWNER else ():
            reads = state._replace(reading=Reading(x, entity, side.rows[entity]))
            if entity in state.differing:
                still = tuple(e for e in state.differing if e != entity)
                yield (x, entity), reads._replace(differing=still)
            elif state.copies:
                yield (x, entity), reads._replace(copies=state.copies - 1)


def send_rows(state: State, scope: Scope, guards: Guards) -> Steps:
    """Commit what was read as a message of the stream; others may have written meanwhile."""
    if state.reading is not None:
        x, entity, row = state.reading
        side = state.sides[x]
        sent = side._replace(outbox=(*side.outbox, Copy(entity=entity, row=row)))
        yield (x, entity), with_side(state._replace(reading=None), x, sent)


def tamper(state: State, scope: Scope, guards: Guards) -> Steps:
    """A row of a replica vanishes past the fence; reconcile will find that it differs."""
    if not state.tampers:
        return
    for y, side in enumerate(state.sides):
        if side.mode == OWNER or (side.mode == RELEASED and state.sides[1 - y].mode != OWNER):
            continue
        for entity, row in enumerate(side.rows):
            if row is not None:
                spoiled = with_side(state, y, side._replace(rows=at(side.rows, entity, None)))
                differing = tuple(sorted({*state.differing, entity}))
                yield (y, entity), spoiled._replace(differing=differing, tampers=state.tampers - 1)


def _commits(state: State, scope: Scope, guards: Guards) -> Iterator[tuple[int, int, int, State]]:
    for c, attempt in enumerate(state.attempts):
        for x in (0, 1):
            if attempt.inside[x]:
                answer, after = _execute(state, scope.commands[c], c, x)
                yield c, x, answer, _attempt(after, c, _outside(attempt, x))


def _execute(state: State, command: Command, c: int, x: int) -> tuple[int, State]:
    side, entity = state.sides[x], command.entity
    if side.records[c]:
        return side.records[c], state
    row = side.rows[entity]
    if row is None:
        return 0, state
    version, epoch = len(row) + 1, state.attempts[c].inside[x]
    became: Row = None if command.op == "delete" else (*row, c)
    line = Write(key=c, version=version, epoch=epoch, side=x)
    history = at(state.history, entity, (*state.history[entity], line))
    fact = Fact(entity=entity, row=became, version=version, key=c, epoch=epoch)
    return version, with_side(state._replace(history=history), x, _written(side, fact))


def _written(side: Side, fact: Fact) -> Side:
    return side._replace(
        rows=at(side.rows, fact.entity, fact.row),
        records=at(side.records, fact.key, fact.version),
        outbox=(*side.outbox, fact),
    )


def _attempt(state: State, c: int, attempt: Attempt) -> State:
    return state._replace(attempts=at(state.attempts, c, attempt))


def _outside(attempt: Attempt, x: int) -> Attempt:
    return attempt._replace(inside=at(attempt.inside, x, 0))
