"""Leave out of a state what can no longer matter, so that fewer states say the same.

Sound for the whole protocol only, which is why a mutant is searched without it; a test compares both
searches state by state.

* A message that the receiver has applied is dead: dropped however often it comes again, so neither
  its text nor its copies in the queue matter, and the relay may as well have marked it.
* An operator whose next compare and set cannot succeed any more knows nothing.
* Operators are interchangeable, and so are equal commands of which there is no trace yet.
"""

from model.bounds import Scope
from model.state import AWAITS, BURNED, NOBODY, RELEASED, Operator, Side, State


def normal(state: State) -> State:
    """The simplest state with the same future."""
    a, b = state.sides
    operators = state.operators
    if any(operator is not NOBODY for operator in operators):
        operators = tuple(sorted(_belief(operator, state) for operator in operators))
    return state._replace(sides=(_side(a, b.received), _side(b, a.received)), operators=operators)


def is_like_an_earlier(c: int, state: State, scope: Scope) -> bool:
    """True of an untouched command that has an untouched equal before it: that one may begin."""
    return _is_untouched(c, state, scope) and any(
        scope.commands[other] == scope.commands[c] and _is_untouched(other, state, scope)
        for other in range(c)
    )


def _is_untouched(c: int, state: State, scope: Scope) -> bool:
    history = state.history[scope.commands[c].entity]
    return not any(state.attempts[c].inside) and all(write.key != c for write in history)


def _side(side: Side, delivered: int) -> Side:
    queue = side.queue >> side.received << side.received
    is_dead = not delivered or side.outbox[delivered - 1] is None
    if queue == side.queue and is_dead and side.marked >= delivered:
        return side
    marked = max(side.marked, delivered)
    return side._replace(
        outbox=(None,) * delivered + side.outbox[delivered:],
        marked=marked,
        sent=max(side.sent, marked),
        queue=queue,
    )


def _belief(operator: Operator, state: State) -> Operator:
    giver, taker = state.sides[operator.giver], state.sides[1 - operator.giver]
    epoch = operator.epoch
    if operator.does == AWAITS:
        is_burned = taker.mode == BURNED and taker.epoch == epoch + 1
        matters = taker.epoch < epoch or (is_burned and _travels(giver, epoch))
        return operator if matters else NOBODY
    return operator if _travels(giver, epoch) else NOBODY


def _travels(giver: Side, epoch: int) -> bool:
    return giver.mode == RELEASED and giver.epoch == epoch
