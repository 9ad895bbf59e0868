"""The language of notifications: mails about orders."""

from uuid import UUID

from monolith.contracts.values import Contract, Timestamp


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
