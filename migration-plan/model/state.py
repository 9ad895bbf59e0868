"""One state of the world: two databases, what the broker holds, writers and operators.

* Row      the keys of the commands that made it, in order; its version is their number
* Side     one database, and the queue from which its applier takes
* Attempt  a command as its client sees it: where it is being tried, and what was answered
"""

from typing import NamedTuple

from model.bounds import Scope

OWNER, RELEASED, REPLICA, BURNED = "OWNER", "RELEASED", "REPLICA", "BURNED"
MONOLITH, SERVICE = 0, 1
SIDES = ("monolith", "service")
IDLE, AWAITS, HAS_BURNED = "idle", "awaits", "has burned"
# No version reaches this far: what is buried so deep stays buried.
FOR_EVER = 99

Row = tuple[int, ...] | None


class Fact(NamedTuple):
    """A row as it became (None: deleted), and the record of the command that caused it."""

    entity: int
    row: Row
    version: int
    key: int
    epoch: int


class Copy(NamedTuple):
    """A row as it was when it was read (None: there was none)."""

    entity: int
    row: Row


class Grant(NamedTuple):
    """The token: the epoch it begins, and what the receiver must hold to accept it."""

    epoch: int
    rows: tuple[Row, ...]
    records: tuple[int, ...]


Message = Fact | Copy | Grant


class Side(NamedTuple):
    """A database. Of its stream `marked` <= `sent` <= `numbered` <= len(outbox) are counts.

    `queue` has bit n-1 when the broker holds message n for this side's applier; `received` is the
    number of the last message applied. `records` has a version per command, 0 for none.
    """

    mode: str
    epoch: int
    rows: tuple[Row, ...]
    buried: tuple[int, ...]
    records: tuple[int, ...]
    outbox: tuple[Message | None, ...]
    numbered: int
    sent: int
    marked: int
    queue: int
    received: int


class Attempt(NamedTuple):
    """The epoch seen at the door of each side (0: not inside), and the version answered.

    None: no answer yet. 0: there is no such row.
    """

    inside: tuple[int, int]
    answer: int | None


class Operator(NamedTuple):
    """What an operator believes: that token `epoch` of `giver` travels, or is burned."""

    does: str
    giver: int
    epoch: int


class Write(NamedTuple):
    """One line of history: who wrote which version, under which epoch, at which side."""

    key: int
    version: int
    epoch: int
    side: int


class Reading(NamedTuple):
    """A transaction that has read a row in order to send it again, and has not committed."""

    side: int
    entity: int
    row: Row


class State(NamedTuple):
    """All there is. `history` (per entity, in order of commit) is what nobody in it can see."""

    sides: tuple[Side, Side]
    attempts: tuple[Attempt, ...]
    operators: tuple[Operator, ...]
    reading: Reading | None
    history: tuple[tuple[Write, ...], ...]
    differing: tuple[int, ...]
    releases: int
    copies: int
    tampers: int
    wipes: int


NOBODY = Operator(does=IDLE, giver=0, epoch=0)


def initial(scope: Scope) -> State:
    """The monolith owns at epoch 1, the service is an equal replica, the stream is empty."""
    owner = Side(
        mode=OWNER,
        epoch=1,
        rows=((),) * scope.entities,
        buried=(0,) * scope.entities,
        records=(0,) * len(scope.commands),
        outbox=(),
        numbered=0,
        sent=0,
        marked=0,
        queue=0,
        received=0,
    )
    return State(
        sides=(owner, owner._replace(mode=REPLICA)),
        attempts=(Attempt(inside=(0, 0), answer=None),) * len(scope.commands),
        operators=(NOBODY,) * scope.operators,
        reading=None,
        history=((),) * scope.entities,
        differing=(),
        releases=scope.releases,
        copies=scope.copies,
        tampers=scope.tampers,
        wipes=scope.wipes,
    )


def at(items: tuple, place: int, item: object) -> tuple:  # type: ignore[type-arg]
    """The same tuple with another item at one place."""
    return (*items[:place], item, *items[place + 1 :])


def with_side(state: State, x: int, side: Side) -> State:
    """The same state with another side x."""
    other = state.sides[1 - x]
    return state._replace(sides=(other, side) if x else (side, other))
