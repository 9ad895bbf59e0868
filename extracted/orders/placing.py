"""Place an order at today's prices, without a cart: once per key."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils import uuid7

from extracted.chassis.database import Connection
from extracted.chassis.writes import Effect
from extracted.contracts.customers import Contact
from extracted.contracts.orders import OrderLine, PlaceOrder
from extracted.orders import store
from extracted.orders.domain import placed_data
from extracted.orders.pricing import total_of
from extracted.orders.telling import news_of


def place(
    connection: Connection, command: PlaceOrder, *, lines: Sequence[OrderLine], customer: Contact
) -> Effect:
    """Write the first event of an order."""
    data = placed_data(
        customer_id=command.customer_id,
        client_reference=command.client_reference,
        lines=lines,
        total=total_of(lines),
    )
    purchase = store.begin(connection, new_id(), data)
    event, payload = news_of(purchase, customer=customer)
    return Effect(
        aggregate_id=purchase.id,
        version=purchase.version,
        status=201,
        event=event,
        payload=payload,
        changed={"order": [purchase.id]},
        response=payload.order.model_dump(mode="json"),
    )


def new_id() -> UUID:
    """Return an id that sorts by the time it was made."""
    return UUID(bytes=uuid7().bytes)
