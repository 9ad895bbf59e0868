"""The states of an order and the ways between them, decided without a database.

    placed -> paid -> shipped -> delivered
       |       |                     |
       v       +-----> refunded <----+
    cancelled

An order is cancelled before it is paid: nothing has to be given back. What is paid is refunded
instead; while it is on the road it is nobody's, so a refund waits until it was delivered.
"""

from collections.abc import Mapping
from enum import StrEnum

from extracted.contracts.problems import ProblemError


class Status(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


NEXT: Mapping[Status, frozenset[Status]] = {
    Status.PLACED: frozenset({Status.PAID, Status.CANCELLED}),
    Status.PAID: frozenset({Status.SHIPPED, Status.REFUNDED}),
    Status.SHIPPED: frozenset({Status.DELIVERED}),
    Status.DELIVERED: frozenset({Status.REFUNDED}),
    Status.CANCELLED: frozenset(),
    Status.REFUNDED: frozenset(),
}


def require_way(present: str, wanted: Status) -> None:
    """Refuse a transition that is not in the picture above; raises ProblemError."""
    if wanted not in NEXT[Status(present)]:
        raise ProblemError(
            "order-state", f"The order is {present}; what is {present} cannot become {wanted}."
        )
