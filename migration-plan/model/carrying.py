"""The relay and the broker: number, publish, mark; a crash in between repeats the same numbers.

What the broker holds is a set: the applier may be given any of it next, and again.
"""

from model.bounds import Scope
from model.guards import Guards
from model.state import State, with_side
from model.writing import Steps


def number(state: State, scope: Scope, guards: Guards) -> Steps:
    """Number all facts that have no number; committed before anything is published."""
    for x, side in enumerate(state.sides):
        if side.sent == side.marked and side.numbered < len(side.outbox):
            yield (x,), with_side(state, x, side._replace(numbered=len(side.outbox)))


def publish(state: State, scope: Scope, guards: Guards) -> Steps:
    """Publish the next message of the window to the queue of the other side."""
    for x, side in enumerate(state.sides):
        if side.sent < side.numbered:
            sent = with_side(state, x, side._replace(sent=side.sent + 1))
            peer = sent.sides[1 - x]
            there = peer._replace(queue=peer.queue | 1 << side.sent)
            yield (x, side.sent + 1), with_side(sent, 1 - x, there)


def mark(state: State, scope: Scope, guards: Guards) -> Steps:
    """Mark the window, when the broker has confirmed all of it."""
    for x, side in enumerate(state.sides):
        if side.marked < side.sent == side.numbered:
            yield (x,), with_side(state, x, side._replace(marked=side.sent))


def resend(state: State, scope: Scope, guards: Guards) -> Steps:
    """Between two rounds of the relay, have all from a number on published again.

    Whoever operates a broker that may forget can do so at any time, needed or not.
    """
    if not scope.wipes:
        return
    for x, side in enumerate(state.sides):
        for n in range(1, side.marked + 1) if side.sent == side.marked else ():
            yield (x, n), with_side(state, x, side._replace(sent=n - 1, marked=n - 1))


def relay_dies(state: State, scope: Scope, guards: Guards) -> Steps:
    """Die at any point; the next one begins with what is not marked."""
    for x, side in enumerate(state.sides):
        if side.marked < side.sent:
            yield (x,), with_side(state, x, side._replace(sent=side.marked))


def lose(state: State, scope: Scope, guards: Guards) -> Steps:
    """The broker loses a message it has not confirmed: the relay gives the window up."""
    for x, side in enumerate(state.sides):
        peer = state.sides[1 - x]
        for n in range(side.marked + 1, side.sent + 1):
            if peer.queue >> (n - 1) & 1:
                lost = with_side(state, 1 - x, peer._replace(queue=peer.queue & ~(1 << n - 1)))
                back = side._replace(sent=side.marked) if guards.confirms else side
                yield (x, n), with_side(lost, x, back)


def wipe(state: State, scope: Scope, guards: Guards) -> Steps:
    """The broker forgets a queue with all that is in it, confirmed or not."""
    for y, side in enumerate(state.sides) if state.wipes else ():
        if side.queue:
            forgot = with_side(state, y, side._replace(queue=0))
            yield (y,), forgot._replace(wipes=state.wipes - 1)
