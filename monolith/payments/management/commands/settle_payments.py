"""Ask the provider again about payments whose outcome nobody knows."""

from argparse import ArgumentParser
from typing import Any

from monolith.outbox.periodic import PeriodicCommand
from monolith.payments.recovery import settle_payments
from monolith.payments.seam import LOCAL
from monolith.seams.fence import NotOwner


class Command(PeriodicCommand):
    """Run the recovery."""

    help = "Finish every operation that a silent provider or a crash left open."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the age from which an operation is asked about again."""
        super().add_arguments(parser)
        parser.add_argument(
            "--older-than",
            type=float,
            default=30.0,
            metavar="SECONDS",
            help="leave younger ones to whoever is asking right now (30)",
        )

    def work(self, **options: Any) -> str:
        """Ask about each open operation once."""
        try:
            done = settle_payments(older_than_s=options["older_than"], provider=LOCAL.provider)
        except NotOwner as error:
            return f"{error}: whoever owns them settles them"
        return f"payments: {done.answered} settled, {done.uncertain} still uncertain"
