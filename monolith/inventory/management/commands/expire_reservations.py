"""Give back what was reserved and never bought; cron runs it every minute."""

from typing import Any

from monolith.inventory import actions
from monolith.writes.periodic import PeriodicCommand


class Command(PeriodicCommand):
    """End every reservation that is held and overdue."""

    help = "Give back the goods of overdue reservations. Any number of these may run at once."

    def work(self, **_options: Any) -> str:
        """Work until none is overdue, and say how many there were."""
        count = 0
        while actions.expire_one():
            count += 1
        return f"{count} reservations have expired"
