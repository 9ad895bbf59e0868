"""Cancel orders that nobody paid, and give the goods that were kept for them back."""

from argparse import ArgumentParser
from typing import Any

from monolith.orders.others import OTHERS
from monolith.orders.unpaid import cancel_unpaid
from monolith.outbox.periodic import PeriodicCommand
from monolith.seams.fence import NotOwner


class Command(PeriodicCommand):
    """Run as cron does, every night."""

    help = "Cancel what was not paid in time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the patience."""
        super().add_arguments(parser)
        parser.add_argument("--older-than", type=int, default=2, metavar="DAYS")

    def work(self, **options: Any) -> str:
        """Cancel, and give the goods back."""
        try:
            cancelled = cancel_unpaid(older_than_days=options["older_than"], others=OTHERS)
        except NotOwner as error:
            return f"{error}: whoever owns them cancels them"
        return f"cancelled {cancelled} orders"
