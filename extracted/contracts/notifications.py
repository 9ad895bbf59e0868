"""The published language of notifications: mails about orders."""

from typing import Protocol
from uuid import UUID

from extracted.contracts.orders import Order
from extracted.contracts.values import Contract, Timestamp

DOMAIN = "notifications"


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


class MailSent(Contract):
    """The payload of mail_sent: which mail, and about what."""

    id: UUID
    order_id: UUID
    customer_id: UUID
    status: str


class Notifications(Protocol):
    """What other domains may ask of notifications in process."""

    def order_changed(self, order: Order, *, status: str) -> None:
        """Write the mail about an order's new status, once per order and status.

        Call it inside the transaction that changes the order: the mail is sent later, by another
        process, and only if that transaction commits. A status without a mail is no error.
        """
        ...

    def about_order(self, *, order_id: UUID) -> tuple[Mail, ...]:
        """Return the mails about an order, oldest first."""
        ...
