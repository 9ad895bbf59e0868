"""What inventory does from time to time: give back what was reserved and never bought."""

from collections.abc import Mapping

from extracted.chassis.chores import Chore, run
from extracted.chassis.database import Database
from extracted.inventory import stock

# At most so many at a stretch, so that a stop is heard.
AT_ONCE = 500


def run_chores(environ: Mapping[str, str]) -> None:
    """Work until told to stop; any number may run at once."""
    run(environ, service="inventory", chores=(Chore(name="expire", every_s=1.0, do=_expire),))


def _expire(database: Database) -> None:
    for _ in range(AT_ONCE):
        if not stock.expire_one(database):
            return
