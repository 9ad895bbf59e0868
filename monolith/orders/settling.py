"""Finish what a crash, or a provider that did not answer, left halfway."""

import logging
from collections import Counter
from dataclasses import dataclass

from django.db.models import F

from extracted.contracts.orders import DOMAIN
from monolith.orders import checkout as checkouts
from monolith.orders import models, steps
from monolith.orders.progress import ENDS, LEASE_S, Step, leased
from monolith.outbox.clock import ClockTimestamp
from monolith.seams.fence import NotOwner, owned

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How many were finished, given up, and left for the next time."""

    done: int
    failed: int
    pending: int


def settle_checkouts(*, others: steps.Others, limit: int = 1000) -> Settled:
    """Go on with every checkout that nobody works on; raises NotOwner."""
    ends: Counter[str] = Counter()
    while sum(ends.values()) < limit and (checkout := _claim()):
        try:
            checkouts.go_on(checkout, others=others)
        except NotOwner:
            raise
        except Exception:
            # One that cannot be finished must not hold up the others; its lease runs, then it
            # comes again.
            log.exception("checkout could not be settled", extra={"checkout": str(checkout.id)})
        ends[checkout.step] += 1
    done, failed = ends[Step.DONE], ends[Step.FAILED]
    return Settled(done=done, failed=failed, pending=sum(ends.values()) - done - failed)


def _claim() -> models.Checkout | None:
    with owned(DOMAIN):
        left = models.Checkout.objects.exclude(step__in=ENDS)
        left = left.filter(leased_until__lt=ClockTimestamp()).order_by("leased_until")
        row = left.select_for_update(skip_locked=True).first()
        if row is None:
            return None
        models.Checkout.objects.filter(pk=row.id).update(
            version=F("version") + 1, leased_until=leased(LEASE_S)
        )
        row.version += 1
        return row
