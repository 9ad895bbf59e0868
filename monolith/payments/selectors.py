"""What can be read of payments."""

from datetime import timedelta
from uuid import UUID

from extracted.contracts.payments import Payment, PaymentNotFound
from extracted.contracts.values import Money
from monolith.outbox.clock import ClockTimestamp
from monolith.payments import models


def value(row: models.Payment) -> Payment:
    """Return the payment as the contracts show it."""
    currency = row.currency
    return Payment.model_validate(
        {
            "id": row.id,
            "order_id": row.order_id,
            "amount": Money.model_validate({"amount": row.amount, "currency": currency}),
            "status": row.status,
            "refunded": Money.model_validate({"amount": row.refunded, "currency": currency}),
            "decline_reason": row.decline_reason,
            "version": row.version,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
    )


def get_payment(payment_id: UUID) -> Payment:
    """Return a payment; raises PaymentNotFound."""
    row = models.Payment.objects.filter(pk=payment_id).first()
    if row is None:
        raise PaymentNotFound(payment_id)
    return value(row)


def payments_of_order(order_id: UUID) -> tuple[Payment, ...]:
    """Return the payments of an order, oldest first."""
    rows = models.Payment.objects.filter(order_id=order_id).order_by("created_at", "id")
    return tuple(value(row) for row in rows)


def open_operations(*, older_than_s: float, limit: int) -> tuple[UUID, ...]:
    """Name operations that nobody has answered for so long, in no order.

    One that the provider never answers must not keep the others from their turn.
    """
    found = models.Operation.objects.filter(
        state="asked", asked_at__lt=ClockTimestamp() - timedelta(seconds=older_than_s)
    )
    return tuple(found.order_by("?").values_list("id", flat=True)[:limit])


def open_operations_of(payment_id: UUID) -> tuple[UUID, ...]:
    """Name the operations of a payment that wait for an answer."""
    found = models.Operation.objects.filter(payment_id=payment_id, state="asked")
    return tuple(found.values_list("id", flat=True))
