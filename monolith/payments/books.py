"""Double-entry bookkeeping: which accounts an operation moves, decided without a database.

Debits are above zero, credits below, and every booking sums to zero. An authorization is a promise
and no money yet: it is kept in two accounts of its own, and taken back when it is captured or
voided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from extracted.contracts.values import Currency, Money
from monolith.payments.provider import Kind

Account = Literal[
    "reserved_at_provider",  # what the provider holds ready for us on a card
    "reserved_for_orders",  # and what we promised to whom in return
    "due_from_provider",  # captured: the provider owes it to us
    "sales",
    "refunds",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One line to book."""

    account: Account
    amount: int
    currency: Currency


_RESERVE: Mapping[Account, int] = {"reserved_at_provider": 1, "reserved_for_orders": -1}
_RELEASE: Mapping[Account, int] = {"reserved_at_provider": -1, "reserved_for_orders": 1}
_MOVES: Mapping[Kind, Mapping[Account, int]] = {
    "authorize": _RESERVE,
    "void": _RELEASE,
    "capture": {**_RELEASE, "due_from_provider": 1, "sales": -1},
    "refund": {"refunds": 1, "due_from_provider": -1},
}


def bookings(kind: Kind, amount: Money) -> Sequence[Booking]:
    """Return what to book when the provider has done `kind` with `amount`."""
    return tuple(
        Booking(account=account, amount=sign * amount.amount, currency=amount.currency)
        for account, sign in _MOVES[kind].items()
    )
