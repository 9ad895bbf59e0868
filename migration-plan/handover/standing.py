"""What an operator reads from one side: who owns, where the seam stands, how far a stream is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Side = Literal["monolith", "service"]
Mode = Literal["OWNER", "RELEASED", "REPLICA", "BURNED"]


class NotRegisteredError(LookupError):
    """The database does not know the domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Who this side believes owns the writes."""

    mode: Mode
    epoch: int
    capture: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """Where a seam stands at run time."""

    stage: str
    read_weight: int
    shadow_sample: float
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """How many rows a step of the backfill put into the stream, and whether any are left."""

    copied: int
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A token on its way: its epoch, the wait for writers in flight, and how long they waited."""

    epoch: int
    waited_ms: float
    held_ms: float
    released_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """What separates the receiver from the sender: facts not numbered yet, messages not applied."""

    unpublished: int
    in_flight: int

    @property
    def total(self) -> int:
        """Messages the receiver has yet to apply."""
        return self.unpublished + self.in_flight
