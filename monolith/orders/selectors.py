"""What can be read of orders."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from extracted.contracts.orders import Order, OrderLine, OrderPage
from extracted.contracts.problems import ProblemError
from extracted.contracts.values import Money
from monolith.orders import models

_COLUMNS = (
    "id",
    "customer_id",
    "client_reference",
    "status",
    "total_amount",
    "total_currency",
    "version",
    "placed_at",
)
_LINE_COLUMNS = ("order_id", "product_id", "name", "quantity", "unit_amount", "unit_currency")


def get_order(order_id: UUID) -> Order:
    """Return an order; raises ProblemError when there is none."""
    rows = list(models.Order.objects.filter(pk=order_id).values(*_COLUMNS))
    if not rows:
        raise ProblemError("order-not-found")
    return _orders(rows)[0]


def owner_of(order_id: UUID) -> UUID:
    """Return whose order it is; raises ProblemError when there is none."""
    found = models.Order.objects.filter(pk=order_id).values_list("customer_id", flat=True).first()
    if found is None:
        raise ProblemError("order-not-found")
    return found


def list_orders(*, customer_id: UUID, limit: int, after: UUID | None) -> OrderPage:
    """Return one page of a customer's orders, newest first (ids are UUIDv7)."""
    found = models.Order.objects.filter(customer_id=customer_id).order_by("-id")
    if after is not None:
        found = found.filter(id__lt=after)
    rows = list(found.values(*_COLUMNS)[: limit + 1])
    page = _orders(rows[:limit])
    return OrderPage.model_construct(
        items=page, next_cursor=str(page[-1].id) if len(rows) > limit else None
    )


def _orders(rows: list[dict[str, Any]]) -> tuple[Order, ...]:
    lines = _lines(row["id"] for row in rows)
    return tuple(_order(row, lines=lines[row["id"]]) for row in rows)


def _order(row: dict[str, Any], *, lines: list[OrderLine]) -> Order:
    return Order.model_construct(
        id=row["id"],
        customer_id=row["customer_id"],
        client_reference=row["client_reference"],
        status=row["status"],
        lines=tuple(lines),
        total=Money.model_construct(amount=row["total_amount"], currency=row["total_currency"]),
        version=row["version"],
        placed_at=row["placed_at"],
    )


def _lines(order_ids: Iterable[UUID]) -> dict[UUID, list[OrderLine]]:
    found = models.OrderLine.objects.filter(order_id__in=list(order_ids))
    lines: dict[UUID, list[OrderLine]] = defaultdict(list)
    for row in found.order_by("order_id", "position").values_list(*_LINE_COLUMNS):
        lines[row[0]].append(
            OrderLine.model_construct(
                product_id=row[1],
                name=row[2],
                quantity=row[3],
                unit_price=Money.model_construct(amount=row[4], currency=row[5]),
            )
        )
    return lines
