"""Which difference breaks whom: one table, read by a reader's column."""

from collections.abc import Mapping
from dataclasses import dataclass

from extracted.contracts.evolution.kinds import Difference, Kind, Reader

_OLD_WRITERS = "who writes as before is refused"
_OLD_RECEIVERS = "a receiver of the base refuses what it does not know: deploy the receivers first"
_IN_FLIGHT = "what was written before, and lies in a queue or an outbox, is refused"
_OLD_READERS = "who reads as before meets what nobody promised"
_MISSED = "who reads as before misses it"
_ACCEPTED = "what was accepted is accepted"
_IGNORED = "clients ignore what they do not know"
_STILL = "who reads as before finds what was promised"

# For each reader: whether it breaks, and why.
_TABLE: Mapping[Kind, Mapping[Reader, tuple[bool, str]]] = {
    Kind.ADDED_TO_CLOSED: {
        Reader.REQUEST: (False, _ACCEPTED),
        Reader.MESSAGE: (True, _OLD_RECEIVERS),
        Reader.ANSWER: (False, _IGNORED),
    },
    Kind.ADDED_TO_OPEN: {
        Reader.REQUEST: (False, _ACCEPTED),
        Reader.MESSAGE: (False, "receivers of the base ignore what they do not know"),
        Reader.ANSWER: (False, _IGNORED),
    },
    Kind.ADDED_REQUIRED: {
        Reader.REQUEST: (True, _OLD_WRITERS),
        Reader.MESSAGE: (True, _IN_FLIGHT),
        Reader.ANSWER: (False, _IGNORED),
    },
    Kind.REMOVED_FROM_CLOSED: {
        Reader.REQUEST: (True, _OLD_WRITERS),
        Reader.MESSAGE: (True, _MISSED),
        Reader.ANSWER: (True, _MISSED),
    },
    Kind.REMOVED_FROM_OPEN: {
        Reader.REQUEST: (False, "it is ignored from now on"),
        Reader.MESSAGE: (True, _MISSED),
        Reader.ANSWER: (True, _MISSED),
    },
    Kind.NOW_REQUIRED: {
        Reader.REQUEST: (True, _OLD_WRITERS),
        Reader.MESSAGE: (True, _IN_FLIGHT),
        Reader.ANSWER: (False, _STILL),
    },
    Kind.NOW_OPTIONAL: {
        Reader.REQUEST: (False, _ACCEPTED),
        Reader.MESSAGE: (True, _MISSED),
        Reader.ANSWER: (True, _MISSED),
    },
    Kind.NARROWER: {
        Reader.REQUEST: (True, _OLD_WRITERS),
        Reader.MESSAGE: (True, _IN_FLIGHT),
        Reader.ANSWER: (False, _STILL),
    },
    Kind.WIDER: {
        Reader.REQUEST: (False, _ACCEPTED),
        Reader.MESSAGE: (True, _OLD_READERS),
        Reader.ANSWER: (True, _OLD_READERS),
    },
    Kind.OTHER: {
        Reader.REQUEST: (True, _OLD_WRITERS),
        Reader.MESSAGE: (True, _OLD_READERS),
        Reader.ANSWER: (True, _OLD_READERS),
    },
    Kind.DEFAULT: {
        Reader.REQUEST: (True, "who leaves it out now asks for something else"),
        Reader.MESSAGE: (False, "what is written holds the value itself"),
        Reader.ANSWER: (False, "what is written holds the value itself"),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference, judged."""

    place: str
    what: str
    is_breaking: bool
    why: str


def judge(difference: Difference, *, reader: Reader) -> Finding:
    """Say whether a difference breaks somebody, and whom or why not."""
    is_breaking, why = _TABLE[difference.kind][reader]
    return Finding(place=difference.place, what=difference.what, is_breaking=is_breaking, why=why)
