"""What one process answers another over RPC: a value, or why not. Errors travel as data.

An exception that crosses the broker arrives as text and a class name; this arrives as it was meant.

* Unanswered   nobody said anything in time: the same request, sent again, will tell
"""

from typing import Any

from pydantic import Field

from extracted.contracts.values import Contract

# How long a queue of answers outlives whoever hears them: longer than any deadline and a new connection.
REPLY_QUEUE_TTL_MS = 30_000


class Unanswered(Exception):
    """Whether it was done is not known; a request with the same id is done once, so ask again."""


class Refusal(Contract):
    """Why not; `facts` is what the error of this kind carries."""

    kind: str
    detail: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)


class Reply(Contract):
    """Either a value, as its contract writes it, or a refusal."""

    value: Any = None
    refusal: Refusal | None = None
