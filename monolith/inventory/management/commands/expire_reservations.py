"""Give back what was reserved and never bought; cron runs it every minute."""

from typing import Any

from monolith.inventory import actions
from monolith.outbox.periodic import PeriodicCommand
from monolith.seams.fence import NotOwner


class Command(PeriodicCommand):
    """End every reservation that is held and overdue."""

    help = "Give back the goods of overdue reservations. Any number of these may run at once."

    def work(self, **_options: Any) -> str:
        """Work until none is overdue, and say how many there were."""
        count = 0
        try:
            while actions.expire_one():
                count += 1
        except NotOwner as error:
            return f"{error}: whoever owns them ends them"
        return f"{count} reservations have expired"
