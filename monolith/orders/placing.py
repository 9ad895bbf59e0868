"""Write an order into its tables, inside an open write transaction."""

from collections.abc import Sequence
from uuid import UUID

from monolith.contracts.orders import Order, OrderLine
from monolith.contracts.values import Money
from monolith.orders import models
from monolith.orders.states import Status


def insert_order(
    order_id: UUID,
    *,
    customer_id: UUID,
    client_reference: str | None,
    lines: Sequence[OrderLine],
    total: Money,
) -> Order:
    """Write an order with its lines."""
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
    return _value(row, lines)


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
