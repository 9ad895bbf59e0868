"""What is found: one place where one app reaches for another, and what it weighs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How one app reaches for another, from what is easily cut to what is hardly."""

    DOOR = "door"
    IMPORT = "import"
    ADMIN = "admin"
    COMMAND = "command"
    SIGNAL = "signal"
    JOIN = "join"
    KEY = "key"
    TRANSACTION = "transaction"

    @property
    def weight(self) -> int:
        return _WEIGHTS[self]

    @property
    def remedy(self) -> str:
        return _REMEDIES[self]


_WEIGHTS = {
    Kind.DOOR: 0,
    Kind.IMPORT: 1,
    Kind.ADMIN: 2,
    Kind.COMMAND: 2,
    Kind.SIGNAL: 3,
    Kind.JOIN: 3,
    Kind.KEY: 5,
    Kind.TRANSACTION: 8,
}
_REMEDIES = {
    Kind.DOOR: "nothing: this is how it should be",
    Kind.IMPORT: "a call through the other app's door",
    Kind.ADMIN: "a page of the owner, or an action that asks its door",
    Kind.COMMAND: "a command per app, or one that asks doors",
    Kind.SIGNAL: "an event that the owner records beside its row",
    Kind.JOIN: "two questions, put together in Python, or a copy kept by events",
    Kind.KEY: "an id without a constraint, asked for before it is used",
    Kind.TRANSACTION: "two transactions: an idempotent call, an event, or a saga",
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Crossing:
    """`source` needs `target` here; the same place is counted once per kind and pair."""

    source: str
    target: str
    kind: Kind
    file: str
    line: int
    detail: str


def number_of(crossings: Iterable[Crossing]) -> int:
    """The one number to burn down."""
    return sum(crossing.kind.weight for crossing in crossings)


def once_each(crossings: Iterable[Crossing]) -> list[Crossing]:
    """Sorted, one per place, kind and pair."""
    places: dict[tuple[str, str, Kind, str, int], Crossing] = {}
    for crossing in sorted(crossings):
        place = (crossing.source, crossing.target, crossing.kind, crossing.file, crossing.line)
        places.setdefault(place, crossing)
    return list(places.values())
