"""The rules of an order: what its events mean, and which may follow. No SQL and no Nameko here.

    placed -> paid -> shipped -> delivered
       |       |                     |
       v       +-----> refunded <----+
    cancelled

An order is cancelled before it is paid: nothing has to be given back. What is paid is refunded
instead; while it is on the road it is nobody's, so a refund waits until it was delivered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from extracted.contracts.orders import Order, OrderLine
from extracted.contracts.problems import ProblemError
from extracted.contracts.values import Money

PLACED, IMPORTED = "order_placed", "order_imported"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that became of an order; `version` counts from one, per order."""

    order_id: UUID
    version: int
    type: str
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """An order as its events have made it."""

    id: UUID
    customer_id: UUID
    client_reference: str | None
    status: Status
    lines: tuple[Mapping[str, Any], ...]
    total_amount: int
    total_currency: str
    version: int
    placed_at: datetime
    updated_at: datetime

    @property
    def total(self) -> Money:
        """What it cost."""
        return Money.model_construct(
            amount=self.total_amount,
            currency=self.total_currency,  # type: ignore[arg-type]
        )

    def shown(self) -> Order:
        """Return the order as the HTTP API shows it."""
        return Order.model_construct(
            id=self.id,
            customer_id=self.customer_id,
            client_reference=self.client_reference,
            status=str(self.status),
            lines=tuple(_shown(line) for line in self.lines),
            total=self.total,
            version=self.version,
            placed_at=self.placed_at,
        )


def placed_data(
    *,
    customer_id: UUID,
    client_reference: str | None,
    lines: Sequence[OrderLine],
    total: Money,
) -> dict[str, Any]:
    """Return what the first event of an order says."""
    return {
        "customer_id": str(customer_id),
        "client_reference": client_reference,
        "lines": [
            {
                "position": position,
                "product_id": str(line.product_id),
                "name": line.name,
                "quantity": line.quantity,
                "unit_amount": line.unit_price.amount,
                "unit_currency": line.unit_price.currency,
            }
            for position, line in enumerate(lines, start=1)
        ],
        "total_amount": total.amount,
        "total_currency": total.currency,
    }


def type_of(status: Status) -> str:
    """Name the event by which an order gets this status."""
    return f"order_{status}"


def evolve(before: Purchase | None, event: Event) -> Purchase:
    """Return the order after one event more; raises ValueError for one that cannot come here."""
    _require_next(before, event)
    if event.type == PLACED:
        return _from_data(event, status=Status.PLACED, placed_at=event.at)
    if event.type == IMPORTED:
        return _from_data(
            event,
            status=Status(event.data["status"]),
            placed_at=datetime.fromisoformat(event.data["placed_at"]),
        )
    status = Status(event.type.removeprefix("order_"))
    if before is None:
        msg = f"{event.type} is no beginning of an order"
        raise ValueError(msg)
    return replace(before, status=status, version=event.version, updated_at=event.at)


def fold(events: Iterable[Event], *, before: Purchase | None = None) -> Purchase | None:
    """Return what the events have made of an order, from a snapshot on if there is one."""
    purchase = before
    for event in events:
        purchase = evolve(purchase, event)
    return purchase


def require_way(present: Status, wanted: Status) -> None:
    """Refuse a transition that is not in the picture above; raises ProblemError."""
    if wanted not in NEXT[present]:
        raise ProblemError(
            "order-state", f"The order is {present}; what is {present} cannot become {wanted}."
        )


def _require_next(before: Purchase | None, event: Event) -> None:
    version = before.version if before else 0
    # What the other side wrote is imported state by state, and some of its states may be left out.
    is_next = event.version > version if event.type == IMPORTED else event.version == version + 1
    if not is_next or (event.type == PLACED and before):
        msg = f"{event.type} {event.version} does not follow version {version}"
        raise ValueError(msg)


def _from_data(event: Event, *, status: Status, placed_at: datetime) -> Purchase:
    data = event.data
    return Purchase(
        id=event.order_id,
        customer_id=UUID(data["customer_id"]),
        client_reference=data["client_reference"],
        status=status,
        lines=tuple(sorted(data["lines"], key=lambda line: int(line["position"]))),
        total_amount=data["total_amount"],
        total_currency=data["total_currency"],
        version=event.version,
        placed_at=placed_at,
        updated_at=event.at,
    )


def _shown(line: Mapping[str, Any]) -> OrderLine:
    return OrderLine.model_construct(
        product_id=UUID(line["product_id"]),
        name=line["name"],
        quantity=line["quantity"],
        unit_price=Money.model_construct(
            amount=line["unit_amount"], currency=line["unit_currency"]
        ),
    )
