"""What can become of an order that was placed, asked for by people."""

from uuid import UUID

from extracted.chassis.database import Connection
from extracted.chassis.writes import Effect
from extracted.contracts.customers import Contact
from extracted.contracts.problems import ProblemError
from extracted.orders import store
from extracted.orders.domain import Status
from extracted.orders.telling import news_of

_OPEN = (
    "SELECT 1 FROM orders.checkout WHERE order_id = %(id)s AND step NOT IN ('done', 'failed') "
    "UNION ALL "
    "SELECT 1 FROM orders.refund WHERE order_id = %(id)s AND step NOT IN ('done', 'failed')"
)


def change(
    connection: Connection, *, order_id: UUID, wanted: Status, customer: Contact | None
) -> Effect:
    """Change an order's state; raises ProblemError order-not-found, order-state."""
    purchase = store.become(connection, store.locked(connection, order_id), wanted)
    # The order is locked: no checkout ends and no refund begins unseen.
    if connection.execute(_OPEN, {"id": order_id}).fetchone():
        raise ProblemError("order-state", "The order's money moves at this moment.")
    event, payload = news_of(purchase, customer=customer)
    return Effect(
        aggregate_id=purchase.id,
        version=purchase.version,
        status=200,
        event=event,
        payload=payload,
        changed={"order": [purchase.id]},
        response=payload.order.model_dump(mode="json"),
    )
