"""What inventory does from time to time: give back what was reserved and never bought."""

import logging
from collections.abc import Mapping
from uuid import UUID

from extracted.chassis.chores import Chore, run
from extracted.chassis.database import Database
from extracted.inventory import stock

# At most so many at a stretch, so that a stop is heard.
AT_ONCE = 500

log = logging.getLogger(__name__)


def run_chores(environ: Mapping[str, str]) -> None:
    """Work until told to stop; any number may run at once."""
    run(environ, service="inventory", chores=(Chore(name="expire", every_s=1.0, do=_expire),))


def _expire(database: Database) -> None:
    # Found first every time: passed over, or it would keep all others from their end.
    failed: dict[UUID, stock.NotExpired] = {}
    for _ in range(AT_ONCE):
        try:
            if not stock.expire_one(database, besides=failed):
                break
        except stock.NotExpired as error:
            log.warning("a reservation did not expire", exc_info=True)
            failed[error.reservation_id] = error
    if failed:
        raise next(iter(failed.values()))
