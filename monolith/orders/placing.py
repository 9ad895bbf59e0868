"""Write an order into its tables, inside an open write transaction."""

from collections.abc import Sequence
from uuid import UUID

from extracted.contracts.customers import Contact
from extracted.contracts.orders import Order, OrderLine, OrderPlaced
from extracted.contracts.values import Money
from monolith.notifications.seam import NOTIFICATIONS
from monolith.orders import models
from monolith.orders.states import Status
from monolith.outbox.record import Record


def insert_order(
    order_id: UUID,
    *,
    customer_id: UUID,
    client_reference: str | None,
    lines: Sequence[OrderLine],
    total: Money,
    customer: Contact | None,
    record: Record,
) -> Order:
    """Write an order with its lines, and say that it was placed, and by whom."""
    row = models.Order(
        id=order_id,
        customer_id=customer_id,
        client_reference=client_reference,
        status=Status.PLACED.value,
        total_amount=total.amount,
        total_currency=total.currency,
    )
    row.save(force_insert=True)
    _insert_lines(row, lines)
    order = _value(row, lines)
    # With whom to write to: whoever hears of the order needs not ask us.
    record.with_rows(
        "order_placed",
        aggregate_id=row.id,
        payload=OrderPlaced(order=order, customer=customer),
        rows={"order": [row.id]},
    )
    NOTIFICATIONS.order_changed(order, status=order.status, customer=customer)
    return order


def _insert_lines(order: models.Order, lines: Sequence[OrderLine]) -> None:
    models.OrderLine.objects.bulk_create(
        models.OrderLine(
            order=order,
            position=position,
            product_id=line.product_id,
            name=line.name,
            quantity=line.quantity,
            unit_amount=line.unit_price.amount,
            unit_currency=line.unit_price.currency,
        )
        for position, line in enumerate(lines, start=1)
    )


def _value(row: models.Order, lines: Sequence[OrderLine]) -> Order:
    return Order(
        id=row.id,
        customer_id=row.customer_id,
        client_reference=row.client_reference,
        status=row.status,
        lines=tuple(lines),
        total=Money.model_validate({"amount": row.total_amount, "currency": row.total_currency}),
        version=row.version,
        placed_at=row.placed_at,
    )
