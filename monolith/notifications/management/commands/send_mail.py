"""Send the mails that are due."""

from argparse import ArgumentParser
from typing import Any

from monolith.notifications.sending import send_due
from monolith.outbox.periodic import PeriodicCommand


class Command(PeriodicCommand):
    """Run the sender; any number may run at once."""

    help = "Send the mails about orders that have not been sent yet, each at least once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the size of a run."""
        super().add_arguments(parser)
        parser.add_argument(
            "--limit", type=int, default=500, metavar="N", help="at most so many in one run (500)"
        )

    def work(self, **options: Any) -> str:
        """Send what is due now."""
        done = send_due(limit=options["limit"], is_stopped=options["stopped"].is_set)
        return f"mail: {done.sent} sent, {done.failed} failed"
