"""What a search saw, for people: numbered steps, each with the state it led to."""

from collections.abc import Iterator

from model.search import Counterexample, Step
from model.state import IDLE, SIDES, Copy, Fact, Grant, Message, Row, Side, State

# What the two arguments of an action are.
_KEYED = {"begin", "commit", "commit_unheard", "abandon", "replay"}
_ROWS = {"read_rows", "send_rows", "tamper"}
_OPERATORS = {"look", "burn", "retake"}


def tell(found: Counterexample) -> Iterator[str]:
    """The lines of a counterexample."""
    yield f"violates {found.invariant} after {len(found.steps)} steps:"
    for place, step in enumerate(found.steps, start=1):
        yield f"{place:3}. {headline(step)}"
        yield from (f"       {line}" for line in _lines(step.state))


def headline(step: Step) -> str:
    """One step in a line: the action, who, and what."""
    name = step.action.replace("_", " ")
    if step.action == "operator_dies":
        return f"{name}: operator {step.arguments[0] + 1}"
    first, *rest = step.arguments
    if step.action in _KEYED:
        return f"{name}: command {first} at the {SIDES[rest[0]]}"
    if step.action in _OPERATORS:
        return f"{name}: operator {first + 1} at the {SIDES[rest[0]]}"
    what = f", {'entity' if step.action in _ROWS else 'message'} {rest[0]}" if rest else ""
    return f"{name}: {SIDES[first]}{what}"


def _lines(state: State) -> Iterator[str]:
    for name, side in zip(SIDES, state.sides, strict=True):
        yield f"{name:8} {_side(side)}"
    told = [
        f"{c} {_attempt(attempt.inside, attempt.answer)}"
        for c, attempt in enumerate(state.attempts)
    ]
    believing = [
        f"operator {o + 1} {one.does} token {one.epoch} of the {SIDES[one.giver]}"
        for o, one in enumerate(state.operators)
        if one.does != IDLE
    ]
    yield "; ".join([f"commands {', '.join(told)}", *believing])


def _side(side: Side) -> str:
    rows = " ".join(_row(row) for row in side.rows)
    records = "".join(f" {c}=v{v}" for c, v in enumerate(side.records) if v) or " none"
    stream = ", ".join(
        f"{n} {_message(message)}" for n, message in enumerate(side.outbox, start=1) if message
    )
    waiting = [str(n + 1) for n in range(side.queue.bit_length()) if side.queue >> n & 1]
    return (
        f"{side.mode} {side.epoch} | rows {rows} | records{records} | outbox [{stream}] "
        f"numbered {side.numbered} sent {side.sent} marked {side.marked} | "
        f"applied {side.received}, waiting [{' '.join(waiting)}]"
    )


def _row(row: Row) -> str:
    return "gone" if row is None else f"({','.join(map(str, row))})"


def _message(message: Message) -> str:
    match message:
        case Fact():
            return f"fact {_row(message.row)} of command {message.key}"
        case Copy():
            return f"copy {_row(message.row)}"
        case Grant():
            return f"token {message.epoch}"


def _attempt(inside: tuple[int, int], answer: int | None) -> str:
    where = [f"inside the {SIDES[x]} at epoch {epoch}" for x, epoch in enumerate(inside) if epoch]
    said = "waits" if answer is None else f"told v{answer}" if answer else "told there is none"
    return " and ".join([said, *where])
