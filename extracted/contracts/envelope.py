"""The envelope of every message: who says what about which aggregate, and where in the stream.

The terms follow CloudEvents (id, source, type, time) and event sourcing (aggregate, sequence).
"""

from typing import Any, Literal
from uuid import UUID

from extracted.contracts.values import Contract, Side, Timestamp

Kind = Literal["fact", "snapshot", "reset", "grant"]


class Envelope(Contract):
    """One message of a domain's stream.

    `sequence` is dense per domain and source; `epoch` names the term of ownership it was
    written in (odd: the monolith's, even: the service's).
    """

    event_id: UUID
    event: str
    domain: str
    source: Side
    kind: Kind
    aggregate_id: str
    sequence: int
    epoch: int
    occurred_at: Timestamp
    correlation_id: str | None = None
    traceparent: str | None = None
    payload: dict[str, Any]
