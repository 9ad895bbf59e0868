"""What must be true in every state; the numbers are those of the design and of the verdict."""

from collections.abc import Callable
from dataclasses import dataclass

from model.bounds import Scope
from model.state import OWNER, RELEASED, Row, Side, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """A sentence about states, and the function that decides it."""

    name: str
    number: str
    says: str
    holds: Callable[[State, Scope], bool]


def one_owner(state: State, scope: Scope) -> bool:
    """At most one side owns."""
    return state.sides[0].mode != OWNER or state.sides[1].mode != OWNER


def somebody_may_own(state: State, scope: Scope) -> bool:
    """A side owns, or has a token on the way that can be accepted or taken back."""
    return any(side.mode in {OWNER, RELEASED} for side in state.sides)


def at_most_once(state: State, scope: Scope) -> bool:
    """No command was executed twice, wherever."""
    keys = [write.key for writes in state.history for write in writes]
    return len(keys) == len(set(keys))


def acknowledged_is_kept(state: State, scope: Scope) -> bool:
    """What a client was told is history, with that version, and the owner has its effect."""
    for c, attempt in enumerate(state.attempts):
        if not attempt.answer:
            continue
        entity = scope.commands[c].entity
        if (c, attempt.answer) not in {(w.key, w.version) for w in state.history[entity]}:
            return False
        truth = true_row(state, scope, entity)
        for side in state.sides:
            if side.mode == OWNER and truth is not None and c not in (side.rows[entity] or ()):
                return False
    return True


def owner_is_true(state: State, scope: Scope) -> bool:
    """The owner's rows are all of history and nothing else."""
    return all(
        side.rows[entity] == true_row(state, scope, entity)
        for side in state.sides
        if side.mode == OWNER
        for entity in range(scope.entities)
    )


def epochs_in_order(state: State, scope: Scope) -> bool:
    """Epochs never go back, and each is written by one side: odd ones by the monolith."""
    for writes in state.history:
        epochs = [write.epoch for write in writes]
        if epochs != sorted(epochs) or any(w.epoch % 2 != 1 - w.side for w in writes):
            return False
    return True


def versions_dense(state: State, scope: Scope) -> bool:
    """In order of commit the versions of an entity are 1, 2, 3: no fork, no hole."""
    return all(
        write.version == place + 1 for writes in state.history for place, write in enumerate(writes)
    )


def equal_when_quiet(state: State, scope: Scope) -> bool:
    """When everything was applied, both sides hold the same rows and records."""
    a, b = state.sides
    if state.reading or state.differing or not (_is_heard(a, b) and _is_heard(b, a)):
        return True
    return a.rows == b.rows and a.records == b.records


def settled(state: State, scope: Scope) -> bool:
    """Everybody answered, one owner, both sides equal, nothing on the way."""
    a, b = state.sides
    return (
        all(attempt.answer is not None for attempt in state.attempts)
        and (a.mode == OWNER) != (b.mode == OWNER)
        and not (state.reading or state.differing)
        and _is_heard(a, b)
        and _is_heard(b, a)
        and a.rows == b.rows
        and a.records == b.records
    )


def true_row(state: State, scope: Scope, entity: int) -> Row:
    """What history made of an entity."""
    keys = tuple(write.key for write in state.history[entity])
    return None if any(scope.commands[key].op == "delete" for key in keys) else keys


def _is_heard(sender: Side, receiver: Side) -> bool:
    return receiver.received == len(sender.outbox)


INVARIANTS = tuple(
    Invariant(name=check.__name__, number=number, says=(check.__doc__ or "").strip(), holds=check)
    for number, check in (
        ("I3", one_owner),
        ("I8", somebody_may_own),
        ("I2", at_most_once),
        ("I1", acknowledged_is_kept),
        ("I7", owner_is_true),
        ("I3", epochs_in_order),
        ("I4, I6", versions_dense),
        ("I5", equal_when_quiet),
    )
)
SETTLES = "settles"
SETTLES_SAYS = "From every state a settled one can be reached without a further fault."
