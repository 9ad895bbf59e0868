"""What is said of an order: its present state, whom to write to, and the rows that changed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from extracted.chassis.owned import Owned
from extracted.contracts.customers import Contact
from extracted.contracts.orders import Order, OrderChanged, OrderPlaced
from extracted.orders.domain import PLACED, Purchase, type_of


def news_of(
    purchase: Purchase, *, customer: Contact | None
) -> tuple[str, OrderPlaced | OrderChanged]:
    """Name the event of an order's present state, and what it says."""
    order: Order = purchase.shown()
    if purchase.version == 1:
        return PLACED, OrderPlaced.model_construct(order=order, customer=customer)
    return type_of(purchase.status), OrderChanged.model_construct(order=order, customer=customer)


def tell(
    owned: Owned,
    purchase: Purchase,
    *,
    customer: Contact | None,
    also: Mapping[str, Sequence[UUID]] | None = None,
) -> None:
    """Say how an order is now, with whom to write to: whoever hears of it needs not ask us."""
    event, payload = news_of(purchase, customer=customer)
    rows = {"order": [purchase.id], **(also or {})}
    owned.say(event, aggregate_id=purchase.id, payload=payload, rows=rows)
