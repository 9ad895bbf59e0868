"""How much of the protocol one search covers: what is bounded, and nothing else is."""

from dataclasses import dataclass
from typing import Literal

Op = Literal["put", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a client wants done, once: change an entity, or delete it."""

    entity: int
    op: Op = "put"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A finite world. Faults are not counted: each may strike at any step, any number of times.

    `releases` bounds how often ownership may be given away, and thereby the epochs; `copies` how
    often rows are sent again while others write; `tampers` how often a replica loses a row; `wipes`
    how often the broker forgets a queue.
    """

    name: str
    commands: tuple[Command, ...]
    releases: int
    operators: int = 1
    copies: int = 0
    tampers: int = 0
    wipes: int = 0

    @property
    def says(self) -> str:
        """The bounds in words."""
        writes = ", ".join(f"{command.op} {'abc'[command.entity]}" for command in self.commands)
        counts = {
            "releases": self.releases,
            "operators": self.operators,
            "copies": self.copies,
            "tampers": self.tampers,
            "wipes": self.wipes,
        }
        return "; ".join([writes, *(f"{name} {n}" for name, n in counts.items() if n)])

    @property
    def entities(self) -> int:
        """How many entities the commands speak of."""
        return 1 + max(command.entity for command in self.commands)


PUT, DELETE = Command(entity=0), Command(entity=0, op="delete")
PUT_OTHER = Command(entity=1)

BOUNDS = {
    "small": (
        Scope(name="one write", commands=(PUT,), releases=2, operators=2),
        Scope(name="write and deletion", commands=(PUT, DELETE), releases=1),
        Scope(name="writes of two rows", commands=(PUT, PUT_OTHER), releases=1),
        Scope(name="copies", commands=(PUT,), releases=1, copies=1),
        Scope(name="a spoiled replica", commands=(PUT,), releases=1, tampers=1),
        Scope(name="a forgetful broker", commands=(PUT,), releases=1, wipes=1),
    ),
    "ci": (
        Scope(name="two operators", commands=(PUT,), releases=3, operators=2),
        Scope(name="writes of one row", commands=(PUT, PUT), releases=2, operators=2),
        Scope(name="writes of two rows", commands=(PUT, PUT_OTHER), releases=2),
        Scope(name="copies and a deletion", commands=(PUT, DELETE), releases=1, copies=1),
        Scope(name="a spoiled replica", commands=(PUT,), releases=2, tampers=1),
        Scope(name="a forgetful broker", commands=(PUT,), releases=2, operators=2, wipes=2),
    ),
    "deep": (
        Scope(name="four handovers", commands=(PUT,), releases=4, operators=2),
        Scope(name="two operators", commands=(PUT, PUT), releases=3, operators=2),
        Scope(name="three operators", commands=(PUT,), releases=3, operators=3),
        Scope(name="three writes", commands=(PUT, PUT, PUT), releases=2),
        Scope(name="two rows, one deleted", commands=(PUT, PUT_OTHER, DELETE), releases=1),
        Scope(name="two copies and a deletion", commands=(PUT, DELETE), releases=1, copies=2),
        Scope(name="copies between handovers", commands=(PUT, DELETE), releases=2, copies=1),
        Scope(name="a spoiled replica", commands=(PUT, PUT), releases=2, tampers=1),
        Scope(name="a forgetful broker", commands=(PUT, PUT), releases=2, wipes=1),
    ),
}
