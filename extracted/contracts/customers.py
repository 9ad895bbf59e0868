"""The published language of customers, who stay in the monolith."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from extracted.contracts.values import Contract, ShortText, Timestamp

Email = Annotated[str, Field(pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$", max_length=254)]


class RegisterCustomer(Contract):
    """Ask for a new customer."""

    email: Email
    name: ShortText


class Customer(Contract):
    """A customer as the HTTP API shows one."""

    id: UUID
    email: str
    name: str
    created_at: Timestamp


class CustomerPage(Contract):
    """One page of customers, newest first."""

    items: tuple[Customer, ...]
    next_cursor: str | None
