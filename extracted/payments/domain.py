"""The rules of payments: what may be asked, what becomes of it, what is booked. No SQL, no Nameko.

Debits are above zero, credits below, and every booking sums to zero. An authorization is a promise
and no money yet: it is kept in two accounts of its own, and taken back when it is captured or voided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from extracted.contracts.payments import Payment, PaymentRefused, PaymentStatus

Kind = Literal["authorize", "capture", "void", "refund"]
Account = Literal[
    "reserved_at_provider",  # what the provider holds ready for us on a card
    "reserved_for_orders",  # and what we promised to whom in return
    "due_from_provider",  # captured: the provider owes it to us
    "sales",
    "refunds",
]

_RESERVE: Mapping[Account, int] = {"reserved_at_provider": 1, "reserved_for_orders": -1}
_RELEASE: Mapping[Account, int] = {"reserved_at_provider": -1, "reserved_for_orders": 1}
_MOVES: Mapping[Kind, Mapping[Account, int]] = {
    "authorize": _RESERVE,
    "void": _RELEASE,
    "capture": {**_RELEASE, "due_from_provider": 1, "sales": -1},
    "refund": {"refunds": 1, "due_from_provider": -1},
}
# What a payment must be for an operation to be asked for, and what it is when it was done.
_NEEDS: Mapping[Kind, PaymentStatus] = {
    "authorize": "uncertain",
    "capture": "authorized",
    "void": "authorized",
    "refund": "captured",
}
_BECOMES: Mapping[Kind, PaymentStatus] = {
    "authorize": "authorized",
    "capture": "captured",
    "void": "voided",
}
_SAID: Mapping[Kind, str] = {
    "authorize": "payment_authorized",
    "capture": "payment_captured",
    "void": "payment_voided",
    "refund": "payment_refunded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One line to book."""

    account: Account
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a payment is after an answer, and the event that says so."""

    event: str
    status: PaymentStatus
    refunded: int
    decline_reason: str | None = None


def bookings(kind: Kind, amount: int) -> Sequence[Booking]:
    """Return what to book when the provider has done `kind` with `amount`."""
    return tuple(
        Booking(account=account, amount=sign * amount) for account, sign in _MOVES[kind].items()
    )


def require_allowed(kind: Kind, *, amount: int, payment: Payment) -> None:
    """Raise PaymentRefused when the payment does not allow `kind` with `amount`."""
    if payment.status != _NEEDS[kind]:
        msg = f"a payment that is {payment.status} allows no {kind}"
        raise PaymentRefused(msg)
    left = payment.amount.amount - payment.refunded.amount
    if kind == "refund" and not 0 < amount <= left:
        msg = f"{left} of the payment can be refunded, not {amount}"
        raise PaymentRefused(msg)


def done(kind: Kind, *, amount: int, payment: Payment) -> Outcome:
    """Return what the payment is when the provider has done `kind` with `amount`."""
    refunded = payment.refunded.amount
    if kind == "refund":
        refunded += amount
        status: PaymentStatus = "refunded" if refunded == payment.amount.amount else "captured"
    else:
        status = _BECOMES[kind]
    return Outcome(event=_SAID[kind], status=status, refunded=refunded)


def refused(kind: Kind, *, reason: str | None, payment: Payment) -> Outcome:
    """Return what the payment is when the provider has refused `kind`."""
    if kind != "authorize":
        # As it was, and open for another try under another id.
        refunded = payment.refunded.amount
        return Outcome(event="payment_refused", status=payment.status, refunded=refunded)
    return Outcome(
        event="payment_declined",
        status="declined",
        refunded=0,
        decline_reason=reason or "declined",
    )
