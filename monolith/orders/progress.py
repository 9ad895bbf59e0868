"""Where a checkout or a refund stands, and how it goes from one step to the next."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from pydantic import TypeAdapter

from extracted.contracts.orders import DOMAIN, CheckoutMoved, OrderLine, RefundMoved
from extracted.contracts.payments import PaymentUncertain
from extracted.contracts.rpc import Unanswered
from extracted.contracts.values import Money
from monolith.orders import models
from monolith.outbox.clock import ClockTimestamp
from monolith.outbox.record import Record
from monolith.seams.fence import owned

log = logging.getLogger(__name__)

# Longer than a provider takes to answer, shorter than a customer's patience with a crashed one.
LEASE_S = 60.0
# After an uncertain answer: give the provider a moment before it is asked again.
UNCERTAIN_S = 10.0
_LINES = TypeAdapter(tuple[OrderLine, ...])


class Step(StrEnum):
    """What a checkout has behind it; a refund is begun, done or failed."""

    BEGUN = "begun"
    RESERVED = "reserved"
    AUTHORIZED = "authorized"
    PLACED = "placed"
    CONFIRMED = "confirmed"
    DONE = "done"
    UNDOING = "undoing"
    FAILED = "failed"


ENDS = (Step.DONE.value, Step.FAILED.value)


class Overtaken(Exception):
    """Somebody else took this over, because we were too slow."""


def go_on(row: models.Undertaking, run: Callable[[], None]) -> None:
    """Run what is left to do, as far as it goes now; the lease is ours. Raises NotOwner."""
    try:
        run()
    except (PaymentUncertain, Unanswered) as uncertain:
        log.warning("only time helps", extra={"reason": str(uncertain)})
        with suppress(Overtaken), owned(DOMAIN) as record:
            lease(row, seconds=UNCERTAIN_S, record=record)
    except Overtaken:
        row.refresh_from_db()


def lease(row: models.Undertaking, *, seconds: float, record: Record) -> None:
    """Work on it for so long, or leave it alone for so long; raises Overtaken."""
    _change(row, seconds=seconds, record=record)


def move(row: models.Undertaking, step: Step, *, record: Record, **changes: Any) -> None:
    """Note the next step in an open write transaction of orders; raises Overtaken."""
    _change(row, seconds=LEASE_S, record=record, step=step.value, **changes)


def tell(row: models.Undertaking, *, record: Record) -> None:
    """Say how far this is."""
    if isinstance(row, models.Checkout):
        bought = CheckoutMoved(checkout_id=row.id, order_id=row.order_id, step=row.step)
        record.with_rows(
            "checkout_moved", aggregate_id=row.id, payload=bought, rows={"checkout": [row.id]}
        )
    else:
        back = RefundMoved(refund_id=row.id, order_id=row.order_id, step=row.step)
        record.with_rows(
            "refund_moved", aggregate_id=row.id, payload=back, rows={"refund": [row.id]}
        )


def _change(row: models.Undertaking, *, seconds: float, record: Record, **changes: Any) -> None:
    # By version: one who lost the lease must not go on beside the one who has it now.
    moved = (
        type(row)
        .objects.filter(pk=row.id, version=row.version)
        .update(
            version=F("version") + 1,
            leased_until=leased(seconds),
            updated_at=ClockTimestamp(),
            **changes,
        )
    )
    if not moved:
        raise Overtaken
    row.version += 1
    for name, value in changes.items():
        setattr(row, name, value)
    tell(row, record=record)


def move_alone(row: models.Undertaking, step: Step, **changes: Any) -> None:
    """Note the next step in a transaction of its own; raises Overtaken or NotOwner."""
    with owned(DOMAIN) as record:
        move(row, step, record=record, **changes)


def leased(seconds: float) -> "ExpressionWrapper[Any]":
    """Return the moment so many seconds from now, by the database's clock."""
    later = ClockTimestamp() + Value(timedelta(seconds=seconds))
    return ExpressionWrapper(later, output_field=DateTimeField())


def lines_of(checkout: models.Checkout) -> tuple[OrderLine, ...]:
    """Return what is bought, at the prices of the beginning."""
    return _LINES.validate_python(checkout.lines)


def total_of(checkout: models.Checkout) -> Money:
    """Return what it costs."""
    return Money.model_validate(
        {"amount": checkout.total_amount, "currency": checkout.total_currency}
    )
