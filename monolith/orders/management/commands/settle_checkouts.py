"""Finish the checkouts and refunds that a crash or a silent provider left halfway."""

from typing import Any

from monolith.orders.others import OTHERS
from monolith.orders.settling import settle_checkouts, settle_refunds
from monolith.outbox.periodic import PeriodicCommand
from monolith.seams.fence import NotOwner


class Command(PeriodicCommand):
    """Run the recovery."""

    help = "Finish every checkout and every refund that nobody works on."

    def work(self, **options: Any) -> str:  # noqa: ARG002 - the base's signature
        """Go on with each of them once."""
        try:
            bought, refunded = settle_checkouts(others=OTHERS), settle_refunds(others=OTHERS)
        except NotOwner as error:
            return f"{error}: whoever owns them goes on with them"
        return (
            f"checkouts: {bought.done} done, {bought.failed} failed, {bought.pending} pending; "
            f"refunds: {refunded.done} done, {refunded.failed} failed, {refunded.pending} pending"
        )
