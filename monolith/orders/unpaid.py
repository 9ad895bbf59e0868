"""Orders that were placed and never paid."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db.models import DateTimeField, Exists, ExpressionWrapper, OuterRef, Value

from extracted.contracts.orders import DOMAIN
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import Unanswered
from monolith.orders import models
from monolith.orders.states import Status
from monolith.orders.steps import Others
from monolith.orders.transitions import become
from monolith.outbox.clock import ClockTimestamp
from monolith.seams.fence import owned

log = logging.getLogger(__name__)

_BATCH = 1000


def cancel_unpaid(*, older_than_days: int, others: Others) -> int:
    """Cancel them and give back what is kept under their ids; returns how many. Raises NotOwner."""
    return sum(_cancel(order_id, others=others) for order_id in _unpaid(older_than_days))


def _unpaid(days: int) -> list[UUID]:
    past = ExpressionWrapper(
        ClockTimestamp() - Value(timedelta(days=days)), output_field=DateTimeField()
    )
    found = models.Order.objects.filter(status=Status.PLACED.value, placed_at__lt=past)
    # What a checkout placed is the checkout's to finish.
    bought = models.Checkout.objects.filter(order_id=OuterRef("pk"))
    return list(found.exclude(Exists(bought)).order_by("id").values_list("id", flat=True)[:_BATCH])


def _cancel(order_id: UUID, *, others: Others) -> bool:
    try:
        with owned(DOMAIN) as record:
            become(order_id, Status.CANCELLED, record=record)
    except ProblemError:
        return False  # it was paid or cancelled while we looked
    # After the commit: a crash in between leaves goods that are kept until they expire.
    try:
        others.inventory.release(reservation_id=order_id)
    except Unanswered as error:
        # Nor is an inventory that says nothing a reason to leave the other orders as they are.
        log.warning("not given back", extra={"order": str(order_id), "reason": str(error)})
    return True
