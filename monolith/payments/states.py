"""What may be asked of a payment, and what it is afterwards; decided without a database."""

from collections.abc import Mapping
from dataclasses import dataclass

from extracted.contracts.payments import PaymentRefused, PaymentStatus
from monolith.payments.provider import Kind

# What a payment must be for an operation to be asked for.
_NEEDS: Mapping[Kind, PaymentStatus] = {
    "authorize": "uncertain",
    "capture": "authorized",
    "void": "authorized",
    "refund": "captured",
}
EVENTS: Mapping[Kind, str] = {
    "authorize": "payment_authorized",
    "capture": "payment_captured",
    "void": "payment_voided",
    "refund": "payment_refunded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a payment is: its status, all of its money, and how much went back."""

    status: PaymentStatus
    amount: int
    refunded: int = 0


def require_allowed(kind: Kind, *, amount: int, standing: Standing) -> None:
    """Raise PaymentRefused when the payment does not allow `kind` with `amount`."""
    if standing.status != _NEEDS[kind]:
        msg = f"a payment that is {standing.status} allows no {kind}"
        raise PaymentRefused(msg)
    left = standing.amount - standing.refunded
    if kind == "refund" and not 0 < amount <= left:
        msg = f"{left} of the payment can be refunded, not {amount}"
        raise PaymentRefused(msg)


def after(kind: Kind, *, amount: int, standing: Standing) -> Standing:
    """Return what the payment is when the provider has done `kind` with `amount`."""
    if kind == "refund":
        refunded = standing.refunded + amount
        status: PaymentStatus = "refunded" if refunded == standing.amount else "captured"
        return Standing(status=status, amount=standing.amount, refunded=refunded)
    done: Mapping[Kind, PaymentStatus] = {
        "authorize": "authorized",
        "capture": "captured",
        "void": "voided",
    }
    return Standing(status=done[kind], amount=standing.amount, refunded=standing.refunded)
