"""Finish the checkouts and refunds that a crash or a silent provider left halfway."""

from typing import Any

from monolith.orders.settling import settle_checkouts, settle_refunds
from monolith.writes.periodic import PeriodicCommand


class Command(PeriodicCommand):
    """Run the recovery."""

    help = "Finish every checkout and every refund that nobody works on."

    def work(self, **options: Any) -> str:  # noqa: ARG002 - the base's signature
        """Go on with each of them once."""
        bought, refunded = settle_checkouts(), settle_refunds()
        return (
            f"checkouts: {bought.done} done, {bought.failed} failed, {bought.pending} pending; "
            f"refunds: {refunded.done} done, {refunded.failed} failed, {refunded.pending} pending"
        )
