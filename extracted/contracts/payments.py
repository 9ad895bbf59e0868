"""The published language of payments: values, errors and events.

Every request carries an id of the caller's making: `payment_id` for the authorization, the capture
and the void of a payment, `refund_id` for a refund. The same id may be sent any number of times
and moves money once.

* PaymentError
  x PaymentDeclined   the provider said no; it will say no again
  x PaymentUncertain  the provider did not answer in time: ask again with the same id
  x PaymentNotFound   there is no payment with this id
  x PaymentRefused    the payment's state does not allow it, or the id asked for another thing
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from extracted.contracts.rpc import Refusal
from extracted.contracts.values import Contract, Currency, Money, Text, Timestamp

DOMAIN = "payments"
# A reference the provider made of a card in the browser; card numbers never come here.
CardToken = Annotated[Text, Field(min_length=1, max_length=100)]
# `uncertain`: asked for, and not answered yet.
PaymentStatus = Literal["uncertain", "authorized", "declined", "captured", "voided", "refunded"]


class PaymentError(Exception):
    """What can go wrong between an order and its money."""


class PaymentDeclined(PaymentError):
    """The provider refuses this card or this amount."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the payment was declined: {reason}")
        self.reason = reason


class PaymentUncertain(PaymentError):
    """Nobody knows yet whether money moved; the same request, sent again, will tell."""

    def __init__(self, payment_id: UUID) -> None:
        super().__init__(f"the provider did not answer about payment {payment_id}")
        self.payment_id = payment_id


class PaymentNotFound(PaymentError):
    """Nobody asked for this payment."""

    def __init__(self, payment_id: UUID) -> None:
        super().__init__(f"there is no payment {payment_id}")
        self.payment_id = payment_id


class PaymentRefused(PaymentError):
    """What was asked does not fit what the payment is."""


def refusal_of(error: PaymentError) -> Refusal:
    """Write an error as RPC carries it; raises TypeError for one that this language does not know."""
    match error:
        case PaymentDeclined():
            kind, facts = "payment-declined", {"reason": error.reason}
        case PaymentUncertain():
            kind, facts = "payment-uncertain", {"payment_id": str(error.payment_id)}
        case PaymentNotFound():
            kind, facts = "payment-not-found", {"payment_id": str(error.payment_id)}
        case PaymentRefused():
            kind, facts = "payment-refused", {}
        case _:
            msg = f"no refusal says {error!r}"
            raise TypeError(msg)
    return Refusal(kind=kind, detail=str(error), facts=facts)


def error_of(refusal: Refusal) -> PaymentError | None:
    """Read the error back; None when it is none of payments. Raises KeyError or ValueError."""
    facts = refusal.facts
    match refusal.kind:
        case "payment-declined":
            return PaymentDeclined(facts["reason"])
        case "payment-uncertain":
            return PaymentUncertain(UUID(str(facts["payment_id"])))
        case "payment-not-found":
            return PaymentNotFound(UUID(str(facts["payment_id"])))
        case "payment-refused":
            return PaymentRefused(refusal.detail)
    return None


class Payment(Contract):
    """The money of one order; `refunded` is how much of it went back."""

    id: UUID
    order_id: UUID
    amount: Money
    status: PaymentStatus
    refunded: Money
    decline_reason: str | None
    version: int
    created_at: Timestamp
    updated_at: Timestamp


class PaymentList(Contract):
    """The payments of an order, oldest first."""

    items: tuple[Payment, ...]


class PaymentImage(Contract):
    """A payment's row, as it travels; with the card's reference, so that the other side can ask."""

    id: UUID
    order_id: UUID
    card_token: str
    amount: int
    currency: Currency
    status: PaymentStatus
    refunded: int
    decline_reason: str | None
    version: int
    created_at: Timestamp
    updated_at: Timestamp


class EntryImage(Contract):
    """A line of the books: a part of an operation, one per account."""

    account: str
    amount: int
    currency: Currency
    booked_at: Timestamp


class OperationImage(Contract):
    """One request to the provider and what was booked for it, as they travel."""

    id: UUID
    payment_id: UUID
    kind: Literal["authorize", "capture", "void", "refund"]
    amount: int
    state: Literal["asked", "done", "refused"]
    reason: str | None
    epoch: int
    version: int
    asked_at: Timestamp
    answered_at: Timestamp | None
    updated_at: Timestamp
    entries: tuple[EntryImage, ...]


class PaymentChange(Contract):
    """A payment put."""

    entity: Literal["payment"] = "payment"
    op: Literal["put"] = "put"
    image: PaymentImage


class OperationChange(Contract):
    """An operation put."""

    entity: Literal["operation"] = "operation"
    op: Literal["put"] = "put"
    image: OperationImage


Row = Annotated[PaymentChange | OperationChange, Field(discriminator="entity")]


class PaymentChanged(Contract):
    """The payload of payment_asked, _authorized, _declined, _captured, _voided, _refunded and _refused.

    `payment_asked`: the provider is about to be asked, and the payment is what it was; likewise
    after `payment_refused`, by which it refuses a capture, a void or a refund.
    """

    payment: Payment
    # Those now true, as the other side keeps them.
    rows: tuple[Row, ...] = ()
