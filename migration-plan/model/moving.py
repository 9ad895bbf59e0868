"""Operators: each reads, believes what it read, and acts on it later; each may die at any point.

A step is a compare and set in one database. What an operator remembers is only which token it
awaits and whether it has burned it; a release with stale knowledge changes nothing, so it is none.
"""

from model.applying import accept
from model.bounds import Scope
from model.guards import Guards
from model.state import (
    AWAITS,
    BURNED,
    HAS_BURNED,
    IDLE,
    NOBODY,
    OWNER,
    RELEASED,
    Grant,
    Operator,
    State,
    at,
    with_side,
)
from model.writing import Steps


def release(state: State, scope: Scope, guards: Guards) -> Steps:
    """Give ownership away and write the token, in one transaction, when no writer is inside."""
    if not state.releases or not any(one.does == IDLE for one in state.operators):
        return
    for x, side in enumerate(state.sides):
        if side.mode != OWNER or (guards.lock and _is_busy(state, x)):
            continue
        token = Grant(epoch=side.epoch + 1, rows=side.rows, records=side.records)
        left = state._replace(releases=state.releases - 1)
        given = side._replace(mode=RELEASED, epoch=token.epoch) if guards.atomic_release else side
        if guards.in_stream:
            yield (x,), with_side(left, x, given._replace(outbox=(*given.outbox, token)))
        else:
            told = with_side(left, 1 - x, accept(state.sides[1 - x], token, guards))
            yield (x,), with_side(told, x, given)


def _is_busy(state: State, x: int) -> bool:
    reads = state.reading is not None and state.reading.side == x
    return reads or any(attempt.inside[x] for attempt in state.attempts)


def look(state: State, scope: Scope, guards: Guards) -> Steps:
    """See that a side has released, and believe that its token travels, whatever happens since."""
    for o, operator in enumerate(state.operators):
        for x, side in enumerate(state.sides) if operator.does == IDLE else ():
            if side.mode == RELEASED or not guards.token_known:
                belief = Operator(does=AWAITS, giver=x, epoch=side.epoch)
                yield (o, x), _operator(state, o, belief)


def burn(state: State, scope: Scope, guards: Guards) -> Steps:
    """Lose patience: have the receiver refuse the token for ever, unless it has accepted it."""
    for o, operator in enumerate(state.operators):
        if operator.does != AWAITS:
            continue
        y, epoch = 1 - operator.giver, operator.epoch
        side, done = state.sides[y], operator._replace(does=HAS_BURNED)
        if not guards.burn or (side.mode == BURNED and side.epoch == epoch + 1):
            yield (o, y), _operator(state, o, done)
        elif side.mode != OWNER and side.epoch == epoch - 1:
            burned = with_side(state, y, side._replace(mode=BURNED, epoch=epoch + 1))
            yield (o, y), _operator(burned, o, done)
        else:
            yield (o, y), _operator(state, o, NOBODY)


def retake(state: State, scope: Scope, guards: Guards) -> Steps:
    """Take the burned token back at the giver."""
    for o, operator in enumerate(state.operators):
        if operator.does != HAS_BURNED:
            continue
        x, epoch = operator.giver, operator.epoch
        side, idle = state.sides[x], _operator(state, o, NOBODY)
        if side.mode == RELEASED and side.epoch == epoch:
            yield (o, x), with_side(idle, x, side._replace(mode=OWNER, epoch=epoch + 1))
        else:
            yield (o, x), idle


def operator_dies(state: State, scope: Scope, guards: Guards) -> Steps:
    """Die, or see that all is done; either way it knows nothing any more."""
    for o, operator in enumerate(state.operators):
        if operator.does != IDLE:
            yield (o,), _operator(state, o, NOBODY)


def _operator(state: State, o: int, operator: Operator) -> State:
    return state._replace(operators=at(state.operators, o, operator))
