"""What an operator looks at: facts about the monolith's side of a seam. Pure values."""

from dataclasses import dataclass
from typing import Literal

Side = Literal["monolith", "service"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFacts:
    """What one side's database tells."""

    mode: str
    epoch: int
    capture: bool
    # None: role strangler may not see the transactions of others.
    longest_transaction_s: float | None
    is_relay_at_work: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that is told of a seam."""

    stage: str
    monolith: SideFacts
    # Facts that were ever written, and of them those the broker has not confirmed.
    recorded: int
    unpublished: int
    # The tables on which the fence stands.
    fenced: tuple[str, ...]

    @property
    def owner(self) -> Side | None:
        """The side that accepts writes; None while nobody does."""
        return "monolith" if self.monolith.mode == "OWNER" else None
