"""What an operator reads from one side: who owns."""

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
