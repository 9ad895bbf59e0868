"""What the databases of the services say about the writes: the values a verdict is judged from."""

from __future__ import annotations

from dataclasses import dataclass

MONOLITH = "monolith"
SERVICE = "service"


def process_of(side: str, *, domain: str) -> str:
    """What `X-Served-By` says when a side has executed a request: a service is called as its domain."""
    return MONOLITH if side == MONOLITH else domain


def side_of(epoch: int) -> str:
    """Odd epochs belong to the monolith, even ones to the service."""
    return MONOLITH if epoch % 2 else SERVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The idempotency record of one write, stored in the write's own transaction."""

    key: str
    aggregate_id: str
    version: int
    status: int
    epoch: int
    side: str

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
class Copy:
    """What the database of a service holds of its domain."""

    commands: tuple[Command, ...]
    rows: tuple[Row, ...]
    mode: str = "OWNER"
    epoch: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvidence:
    """A domain, as its service has it."""

    domain: str
    copy: Copy
    is_commanded: bool = True
    """Whether the commands of clients explain its versions. Nobody asks for a mail, and most of what
    becomes of stock is somebody's purchase."""
    unsettled: tuple[str, ...] = ()
    """What had not come to rest when the wait for it ended."""
