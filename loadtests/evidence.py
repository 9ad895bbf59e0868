"""What the database says about the writes: the values a verdict is judged from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The idempotency record of one write, stored in the write's own transaction."""

    key: str
    aggregate_id: str
    version: int
    status: int

    @property
    def creates(self) -> bool:
        return self.status == 201

    @property
    def deletes(self) -> bool:
        return self.status == 204


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A product or an order, as far as a verdict needs it."""

    id: str
    mark: str | None
    version: int
    unasked: int = 0
    """Versions that its domain made of itself, without a command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvidence:
    """A domain as its tables hold it."""

    domain: str
    commands: tuple[Command, ...] = ()
    rows: tuple[Row, ...] = ()
    is_commanded: bool = True
    """Whether the commands of clients explain its versions. Nobody asks for a mail, and most of what
    becomes of stock is somebody's purchase."""
    unsettled: tuple[str, ...] = ()
    """What had not come to rest when the wait for it ended."""
