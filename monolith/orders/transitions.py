"""What can become of an order that was placed."""

from http import HTTPStatus
from uuid import UUID

from monolith.contracts.orders import Order
from monolith.contracts.problems import ProblemError
from monolith.orders import models, selectors
from monolith.orders.notes import write
from monolith.orders.progress import ENDS
from monolith.orders.states import Status, require_way
from monolith.writes.clock import ClockTimestamp
from monolith.writes.once import Answer, Attempt


def cancel_order(order_id: UUID, *, attempt: Attempt) -> Answer:
    """Take an order back before it is paid; raises ProblemError."""
    return _move(order_id, Status.CANCELLED, attempt=attempt)


def ship_order(order_id: UUID, *, attempt: Attempt) -> Answer:
    """Say that a paid order left the house; raises ProblemError."""
    return _move(order_id, Status.SHIPPED, attempt=attempt)


def deliver_order(order_id: UUID, *, attempt: Attempt) -> Answer:
    """Say that a shipped order arrived; raises ProblemError."""
    return _move(order_id, Status.DELIVERED, attempt=attempt)


def become(order_id: UUID, wanted: Status) -> Order:
    """Change an order's state inside an open transaction; raises ProblemError."""
    row = lock_order(order_id)
    require_way(row.status, wanted)
    row.status = wanted.value
    row.version += 1
    row.updated_at = ClockTimestamp()
    # Not update(): saving tells the customer, see `signals`.
    row.save(update_fields=["status", "version", "updated_at"])
    return selectors.get_order(order_id)


def lock_order(order_id: UUID) -> models.Order:
    """Lock an order until the transaction ends; raises ProblemError."""
    row = models.Order.objects.select_for_update().filter(pk=order_id).first()
    if row is None:
        raise ProblemError("order-not-found")
    return row


def answer_with(order: Order, *, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """Answer with the order as it is now."""
    return Answer(status=status, aggregate_id=order.id, version=order.version, value=order)


def _move(order_id: UUID, wanted: Status, *, attempt: Attempt) -> Answer:
    def work() -> Answer:
        order = become(order_id, wanted)
        _require_settled(order_id)
        return answer_with(order)

    return write(work, attempt=attempt, shape=Order)


def _require_settled(order_id: UUID) -> None:
    # The order is locked: no checkout ends and no refund begins unseen.
    for kind in (models.Checkout, models.Refund):
        if kind.objects.filter(order_id=order_id).exclude(step__in=ENDS).exists():
            raise ProblemError("order-state", "The order's money moves at this moment.")
