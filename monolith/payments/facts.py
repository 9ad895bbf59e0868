"""Tell what became of an operation and its payment, with the rows that are now true.

A payment's events carry both rows: the operation brings its booking, so books never arrive by half.
"""

from extracted.contracts.payments import PaymentChanged
from monolith.outbox.record import Record
from monolith.payments import models, selectors


def tell(
    event: str, operation: models.Operation, *, payment: models.Payment, record: Record
) -> None:
    """Record a fact about the payment, as it is in this transaction."""
    record.with_rows(
        event,
        aggregate_id=payment.id,
        payload=PaymentChanged(payment=selectors.value(payment)),
        rows={"payment": [payment.id], "operation": [operation.id]},
    )
