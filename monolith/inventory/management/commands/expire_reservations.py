"""Give back what was reserved and never bought; cron runs it every minute."""

import logging
from typing import Any
from uuid import UUID

from monolith.inventory import actions
from monolith.outbox.periodic import PeriodicCommand
from monolith.seams.fence import NotOwner

log = logging.getLogger(__name__)


class Command(PeriodicCommand):
    """End every reservation that is held and overdue."""

    help = "Give back the goods of overdue reservations. Any number of these may run at once."

    def work(self, **_options: Any) -> str:
        """Work until none is overdue, and say how many there were; raises NotExpired at the end."""
        # Found first every time: passed over, or it would keep all others from their end.
        failed: dict[UUID, actions.NotExpired] = {}
        count = 0
        while True:
            try:
                if actions.expire_one(besides=failed) is None:
                    break
                count += 1
            except NotOwner as error:
                return f"{error}: whoever owns them ends them"
            except actions.NotExpired as error:
                log.warning("a reservation did not expire", exc_info=True)
                failed[error.reservation_id] = error
        if failed:
            raise next(iter(failed.values()))
        return f"{count} reservations have expired"
