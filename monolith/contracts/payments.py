"""The language of payments: values and errors.

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

from monolith.contracts.values import Contract, Money, Text, Timestamp

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
