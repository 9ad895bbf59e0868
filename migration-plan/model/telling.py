"""What a search saw, for people: a counterexample as a story, one sentence per step."""

from collections.abc import Callable, Iterator

from model.search import Counterexample, Step
from model.state import (
    BURNED,
    HAS_BURNED,
    IDLE,
    OWNER,
    SIDES,
    Copy,
    Fact,
    Grant,
    Message,
    Operator,
    Row,
    Side,
    State,
)


def story(found: Counterexample) -> Iterator[str]:
    """The steps of a counterexample, numbered."""
    for place, step in enumerate(found.steps, start=1):
        yield f"{place:3}. {sentence(step)}"


def full_story(found: Counterexample) -> Iterator[str]:
    """The steps, each with the state it led to."""
    for line, step in zip(story(found), found.steps, strict=True):
        yield line
        yield from (f"       {row}" for row in _lines(step.state))


def sentence(step: Step) -> str:
    """One step, told."""
    return _SENTENCES[step.action](step)


def _side(step: Step) -> str:
    return SIDES[step.arguments[-1]]


def _write(verb: str, after: str = "") -> Callable[[Step], str]:
    def tell(step: Step) -> str:
        c, x = step.arguments
        return f"the {SIDES[x]} {verb} command {c}{after}"

    return tell


def _row_of(text: str) -> Callable[[Step], str]:
    def tell(step: Step) -> str:
        x, entity = step.arguments
        return text.format(row=f"row {'abc'[entity]}", side=f"the {SIDES[x]}")

    return tell


def _stream(text: str) -> Callable[[Step], str]:
    """Tell of `sender`'s relay, and of message n of its stream where one is meant."""

    def tell(step: Step) -> str:
        x, *numbers = step.arguments
        outbox = step.before.sides[x].outbox
        named = f" {numbers[0]} ({_message(outbox[numbers[0] - 1])})" if numbers else ""
        return text.format(SIDES[x]) + named

    return tell


def _inbox(text: str) -> Callable[[Step], str]:
    def tell(step: Step) -> str:
        y, n = step.arguments
        message = _message(step.before.sides[1 - y].outbox[n - 1])
        return text.format(SIDES[y], f"{n} ({message})") + _taken(step.before, step.state, y)

    return tell


def _taken(before: State, after: State, y: int) -> str:
    was, now = before.sides[y], after.sides[y]
    return f": it is {now.mode} at epoch {now.epoch}" if was.epoch != now.epoch else ""


def _release(step: Step) -> str:
    x = step.arguments[0]
    side = step.state.sides[x]
    if side.mode == OWNER:
        return f"the {SIDES[x]} writes a token, and is still {side.mode} at epoch {side.epoch}"
    told = f"the {SIDES[x]} releases, and is {side.mode} at epoch {side.epoch}"
    taken = _taken(step.before, step.state, 1 - x)
    return f"{told}; the {SIDES[1 - x]} takes the token{taken}" if taken else told


def _look(step: Step) -> str:
    o, x = step.arguments
    belief = step.state.operators[o]
    return f"operator {o + 1} awaits token {belief.epoch} of the {SIDES[x]}"


def _burn(step: Step) -> str:
    o, y = step.arguments
    was, now, side = step.before.operators[o], step.state.operators[o], step.state.sides[y]
    if side.mode == BURNED:
        told = f"operator {o + 1} has the {SIDES[y]} burn token {was.epoch}"
    elif now.does == HAS_BURNED:
        told = f"operator {o + 1} gives token {was.epoch} up without burning it"
    else:
        told = f"operator {o + 1} cannot burn token {was.epoch} any more"
    return f"{told}: the {SIDES[y]} is {side.mode} at epoch {side.epoch}"


def _retake(step: Step) -> str:
    o, x = step.arguments
    side = step.state.sides[x]
    return (
        f"operator {o + 1} has the {SIDES[x]} take its token back: "
        f"it is {side.mode} at epoch {side.epoch}"
    )


_SENTENCES: dict[str, Callable[[Step], str]] = {
    "begin": _write("lets", " through its door"),
    "commit": _write("commits", ", and tells the client"),
    "commit_unheard": _write("commits", ", and the answer is lost"),
    "abandon": _write("rolls back"),
    "replay": _write("answers", " from its record"),
    "read_rows": _row_of("{side} reads {row}, to send it again"),
    "send_rows": _row_of("{side} commits what it has read of {row}"),
    "tamper": _row_of("{row} of {side} vanishes, past the fence"),
    "number": _stream("the {}'s relay numbers its facts"),
    "publish": _stream("the {}'s relay publishes message"),
    "mark": _stream("the {}'s relay marks its window as confirmed"),
    "resend": _stream("the {}'s relay is told to publish again from message"),
    "relay_dies": _stream("the {}'s relay dies"),
    "lose": _stream("the broker loses the {}'s unconfirmed message"),
    "wipe": lambda step: f"the broker forgets the queue to the {_side(step)}",
    "apply": _inbox("the {} applies message {}"),
    "apply_unacknowledged": _inbox("the {} applies message {} and dies before the acknowledgment"),
    "drop": _inbox("the {} drops message {}, which it has"),
    "release": _release,
    "close_fence": lambda step: f"only now the {_side(step)} gives ownership up",
    "look": _look,
    "burn": _burn,
    "retake": _retake,
    "operator_dies": lambda step: f"operator {step.arguments[0] + 1} dies",
}


def _lines(state: State) -> Iterator[str]:
    for name, side in zip(SIDES, state.sides, strict=True):
        yield f"{name:8} {_database(side)}"
    told = [
        f"{c} {_attempt(attempt.inside, attempt.answer)}"
        for c, attempt in enumerate(state.attempts)
    ]
    yield "; ".join([f"commands {', '.join(told)}", *_beliefs(state.operators)])


def _beliefs(operators: tuple[Operator, ...]) -> Iterator[str]:
    for o, one in enumerate(operators, start=1):
        if one.does != IDLE:
            yield f"operator {o} {one.does} token {one.epoch} of the {SIDES[one.giver]}"


def _database(side: Side) -> str:
    rows = " ".join(_row(row) for row in side.rows)
    records = "".join(f" {c}=v{v}" for c, v in enumerate(side.records) if v) or " none"
    stream = ", ".join(f"{n} {_message(message)}" for n, message in enumerate(side.outbox, start=1))
    waiting = [str(n + 1) for n in range(side.queue.bit_length()) if side.queue >> n & 1]
    return (
        f"{side.mode} {side.epoch} | rows {rows} | records{records} | outbox [{stream}] "
        f"numbered {side.numbered} sent {side.sent} marked {side.marked} | "
        f"applied {side.received}, waiting [{' '.join(waiting)}]"
    )


def _row(row: Row) -> str:
    return "gone" if row is None else f"({','.join(map(str, row))})"


def _message(message: Message | None) -> str:
    match message:
        case Fact():
            return f"fact of command {message.key}: {_row(message.row)}"
        case Copy():
            return f"copy {_row(message.row)}"
        case Grant():
            return f"token {message.epoch}"
    return "applied long ago"


def _attempt(inside: tuple[int, int], answer: int | None) -> str:
    where = [f"inside the {SIDES[x]} at epoch {epoch}" for x, epoch in enumerate(inside) if epoch]
    said = "waits" if answer is None else f"told v{answer}" if answer else "told there is none"
    return " and ".join([said, *where])
