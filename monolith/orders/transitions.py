"""What can become of an order that was placed."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from django.db import connection

from extracted.contracts.orders import Order, OrderChanged
from extracted.contracts.problems import ProblemError
from monolith.customers import seam as customers
from monolith.notifications.seam import NOTIFICATIONS
from monolith.orders import models, selectors
from monolith.orders.notes import write
from monolith.orders.progress import ENDS
from monolith.orders.states import Status, require_way
from monolith.outbox.once import Answer, Attempt
from monolith.outbox.record import Record

EVENTS: Mapping[Status, str] = {
    Status.PAID: "order_paid",
    Status.SHIPPED: "order_shipped",
    Status.DELIVERED: "order_delivered",
    Status.CANCELLED: "order_cancelled",
    Status.REFUNDED: "order_refunded",
}


def cancel_order(order_id: UUID, *, attempt: Attempt) -> Answer:
    """Take an order back before it is paid; raises ProblemError or NotOwner."""
    return _move(order_id, Status.CANCELLED, attempt=attempt)


def ship_order(order_id: UUID, *, attempt: Attempt) -> Answer:
    """Say that a paid order left the house; raises ProblemError or NotOwner."""
    return _move(order_id, Status.SHIPPED, attempt=attempt)


def deliver_order(order_id: UUID, *, attempt: Attempt) -> Answer:
    """Say that a shipped order arrived; raises ProblemError or NotOwner."""
    return _move(order_id, Status.DELIVERED, attempt=attempt)


def become(order_id: UUID, wanted: Status, *, record: Record) -> Order:
    """Change an order's state inside an open write transaction; raises ProblemError."""
    present = lock_order(order_id)
    require_way(present, wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_order SET status = %s, version = version + 1, "
            "updated_at = clock_timestamp() WHERE id = %s",
            (wanted, order_id),
        )
    order = selectors.get_order(order_id)
    customer = customers.reachable(order.customer_id)
    record.with_rows(
        EVENTS[wanted],
        aggregate_id=order_id,
        payload=OrderChanged(order=order, customer=customer),
        rows={"order": [order_id]},
    )
    NOTIFICATIONS.order_changed(order, status=wanted.value, customer=customer)
    return order


def lock_order(order_id: UUID) -> str:
    """Lock an order until the transaction ends and return its state; raises ProblemError."""
    found = models.Order.objects.select_for_update().filter(pk=order_id)
    status = found.values_list("status", flat=True).first()
    if status is None:
        raise ProblemError("order-not-found")
    return status


def answer_with(order: Order, *, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """Answer with the order as it is now."""
    return Answer(status=status, aggregate_id=order.id, version=order.version, value=order)


def _move(order_id: UUID, wanted: Status, *, attempt: Attempt) -> Answer:
    def work(record: Record) -> Answer:
        order = become(order_id, wanted, record=record)
        _require_settled(order_id)
        return answer_with(order)

    return write(work, attempt=attempt, shape=Order)


def _require_settled(order_id: UUID) -> None:
    # The order is locked: no checkout ends and no refund begins unseen.
    for kind in (models.Checkout, models.Refund):
        if kind.objects.filter(order_id=order_id).exclude(step__in=ENDS).exists():
            raise ProblemError("order-state", "The order's money moves at this moment.")
