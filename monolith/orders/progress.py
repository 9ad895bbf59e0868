"""Where a checkout stands: its row, and how it goes from one step to the next."""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from pydantic import TypeAdapter

from extracted.contracts.orders import DOMAIN, OrderLine
from extracted.contracts.values import Money
from monolith.orders import models
from monolith.outbox.clock import ClockTimestamp
from monolith.seams.fence import owned

# Longer than a provider takes to answer, shorter than a customer's patience with a crashed one.
LEASE_S = 60.0
_LINES = TypeAdapter(tuple[OrderLine, ...])


class Step(StrEnum):
    """What a checkout has behind it."""

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
    """Somebody else took this checkout over, because we were too slow."""


def move(checkout: models.Checkout, step: Step, **changes: Any) -> None:
    """Note the next step in an open write transaction of orders; raises Overtaken."""
    # By version: one who lost the lease must not go on beside the one who has it now.
    moved = models.Checkout.objects.filter(pk=checkout.id, version=checkout.version).update(
        step=step.value,
        version=F("version") + 1,
        leased_until=leased(LEASE_S),
        updated_at=ClockTimestamp(),
        **changes,
    )
    if not moved:
        raise Overtaken
    checkout.step, checkout.version = step.value, checkout.version + 1
    for name, value in changes.items():
        setattr(checkout, name, value)


def move_alone(checkout: models.Checkout, step: Step, **changes: Any) -> None:
    """Note the next step in a transaction of its own; raises Overtaken or NotOwner."""
    with owned(DOMAIN):
        move(checkout, step, **changes)


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
