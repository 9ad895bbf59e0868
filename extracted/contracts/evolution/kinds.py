"""The vocabulary of a comparison: what can be different, and who reads.

* **base**: what was committed at the revision compared with. **tree**: what the code says now.
* **closed**: an object whose schema forbids what it does not name (`extra="forbid"`).
"""

from dataclasses import dataclass
from enum import StrEnum, auto


class Kind(StrEnum):
    """How a place of a schema differs; told from the base to the tree."""

    ADDED_TO_CLOSED = auto()
    ADDED_TO_OPEN = auto()
    ADDED_REQUIRED = auto()
    REMOVED_FROM_CLOSED = auto()
    REMOVED_FROM_OPEN = auto()
    NOW_REQUIRED = auto()
    NOW_OPTIONAL = auto()
    NARROWER = auto()
    WIDER = auto()
    OTHER = auto()
    DEFAULT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where two schemas differ, and what is there now."""

    place: str
    kind: Kind
    what: str


class Reader(StrEnum):
    """Who reads a message, and what one does with a field one does not know.

    A request is written by anybody and read by us. A message travels between our own processes, of
    which some are of the base and some of the tree: both read what both write, and also what was
    written before and lies in a queue. An answer is read by clients, who ignore unknown fields.
    """

    REQUEST = auto()
    MESSAGE = auto()
    ANSWER = auto()
