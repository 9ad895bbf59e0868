"""The idempotency record of a write, as it travels: part of every domain that moves, so it moves too."""

from typing import Any, Literal
from uuid import UUID

from extracted.contracts.values import Contract, Side, Timestamp


class CommandImage(Contract):
    """What was answered to an Idempotency-Key, by which side, in which term of ownership."""

    key: UUID
    request_hash: str
    aggregate_id: UUID
    version: int
    status: int
    response: dict[str, Any] | None
    epoch: int
    side: Side
    recorded_at: Timestamp


class CommandNote(Contract):
    """The command row that says who asked for a change."""

    entity: Literal["command"] = "command"
    op: Literal["put"] = "put"
    image: CommandImage
