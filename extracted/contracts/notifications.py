"""The published language of notifications: mails about orders."""

from typing import Any, Literal
from uuid import UUID, uuid5

from extracted.contracts.customers import Contact
from extracted.contracts.values import Contract, Timestamp

DOMAIN = "notifications"
_NAMES = UUID("5f1e2f0a-6f0e-4a53-9d0b-8f2c1c1f4c11")


class Mail(Contract):
    """A mail about an order; recipient, subject and text are there when it has been sent."""

    id: UUID
    order_id: UUID
    customer_id: UUID
    status: str
    recipient: str | None
    subject: str | None
    text: str | None
    written_at: Timestamp
    sent_at: Timestamp | None


class MailList(Contract):
    """The mails about an order, oldest first."""

    items: tuple[Mail, ...]


class MailImage(Contract):
    """A mail's row, as it travels between the two databases.

    The order and whom to write to are kept as they were when the mail was written. `next_try_at` is
    also the lease of whoever is sending it.
    """

    id: UUID
    order_id: UUID
    customer_id: UUID
    status: str
    order: dict[str, Any]
    contact: Contact | None
    recipient: str | None
    subject: str | None
    text: str | None
    tries: int
    error: str | None
    version: int
    written_at: Timestamp
    next_try_at: Timestamp
    sent_at: Timestamp | None
    updated_at: Timestamp


class MailChange(Contract):
    """A mail row put."""

    entity: Literal["mail"] = "mail"
    op: Literal["put"] = "put"
    image: MailImage


class MailEvent(Contract):
    """The payload of mail_written, mail_taken, mail_sent, mail_postponed: which mail, and its row."""

    id: UUID
    order_id: UUID
    customer_id: UUID
    status: str
    rows: tuple[MailChange, ...]


def mail_id(*, order_id: UUID, status: str) -> UUID:
    """Name the mail about an order's status; both sides of the seam find the same name."""
    return uuid5(_NAMES, f"{order_id} {status}")
