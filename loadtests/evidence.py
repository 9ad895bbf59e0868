"""What both databases say about the writes: the values a verdict is judged from."""

from __future__ import annotations

from collections.abc import Mapping
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
    """One database's copy of a domain."""

    commands: tuple[Command, ...]
    rows: tuple[Row, ...]
    mode: str = "OWNER"
    epoch: int = 1
    followed: bool = False
    """Whether this copy's changes are captured, so that the other copy must become its equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvidence:
    """A domain in every database that holds it, by side."""

    domain: str
    copies: Mapping[str, Copy]
    is_commanded: bool = True
    """Whether the commands of clients explain its versions. Nobody asks for a mail, and most of what
    becomes of stock is somebody's purchase."""
    unsettled: tuple[str, ...] = ()
    """What had not come to rest when the wait for it ended."""

    @property
    def owners(self) -> tuple[str, ...]:
        return tuple(side for side, copy in self.copies.items() if copy.mode == "OWNER")

    @property
    def owner(self) -> str:
        """Who is to answer for the domain; without an owner, who was given it last."""
        sides = self.owners or tuple(self.copies)
        return max(sides, key=lambda side: self.copies[side].epoch)
