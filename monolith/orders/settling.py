"""Finish what a crash, or a provider that did not answer, left halfway."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.db.models.expressions import RawSQL

from extracted.contracts.orders import DOMAIN
from monolith.orders import models, refunds, steps
from monolith.orders.progress import ENDS, LEASE_S, Step, go_on, lease
from monolith.outbox.clock import ClockTimestamp
from monolith.seams.fence import NotOwner, owned

log = logging.getLogger(__name__)

# A provider that is silent about all of them must not keep the other chores from their turn.
ROUND_S = 10.0
_OURS_SINCE = "SELECT changed_at FROM handover.ownership WHERE domain = %s AND bucket = 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How many were finished, given up, and left for the next time."""

    done: int
    failed: int
    pending: int


def settle_checkouts(*, others: steps.Others, limit: int = 1000) -> Settled:
    """Go on with every checkout that nobody works on; raises NotOwner."""
    return _settle(models.Checkout, lambda row: steps.run(row, others=others), limit=limit)


def settle_refunds(*, others: steps.Others, limit: int = 1000) -> Settled:
    """Go on with every refund that nobody works on; raises NotOwner."""
    return _settle(models.Refund, lambda row: refunds.run(row, others=others), limit=limit)


def _settle(kind: type[models.Undertaking], run: Callable[[Any], None], *, limit: int) -> Settled:
    ends: Counter[str] = Counter()
    ends_at = time.monotonic() + ROUND_S
    while sum(ends.values()) < limit and time.monotonic() < ends_at and (row := _claim(kind)):
        try:
            go_on(row, lambda row=row: run(row))  # type: ignore[misc]
        except NotOwner:
            raise
        except Exception:
            # One that cannot be finished must not hold up the others; its lease runs, then it
            # comes again.
            log.exception("could not be settled", extra={"id": str(row.id)})
            # Its last step was rolled back, whatever the object says.
            ends["stuck"] += 1
        else:
            ends[row.step] += 1
    done, failed = ends[Step.DONE], ends[Step.FAILED]
    return Settled(done=done, failed=failed, pending=sum(ends.values()) - done - failed)


def _claim(kind: type[models.Undertaking]) -> models.Undertaking | None:
    with owned(DOMAIN) as record:
        left = kind.objects.exclude(step__in=ENDS)
        # What was touched before the writes came to us was the other side's, which cannot go on.
        free = Q(leased_until__lt=ClockTimestamp()) | Q(
            updated_at__lt=RawSQL(_OURS_SINCE, (DOMAIN,))  # noqa: S611 - a constant
        )
        row = left.filter(free).order_by("leased_until").select_for_update(skip_locked=True).first()
        if row is not None:
            lease(row, seconds=LEASE_S, record=record)
        return row
