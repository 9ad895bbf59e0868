"""What payments do from time to time: finish what a silent bank or a crash left open."""

from collections.abc import Mapping
from functools import partial

from extracted.chassis.chores import Chore, run
from extracted.chassis.config import required, seconds
from extracted.chassis.database import Database
from extracted.chassis.owned import write
from extracted.contracts.payments import DOMAIN, PaymentUncertain
from extracted.payments import store
from extracted.payments.asking import ask
from extracted.payments.bank import Bank

# At most so many at a stretch, so that a stop is heard although each may have to be waited for.
AT_ONCE = 10
OLDER_THAN_S = 30.0


def run_chores(environ: Mapping[str, str]) -> None:
    """Work until told to stop; any number may run at once."""
    own = {name: required(environ, name) for name in ("BANK_URL", "BANK_TIMEOUT_S")}
    # Younger ones are left to whoever is asking right now.
    older_than_s = seconds(environ, "SETTLE_OLDER_THAN_S", default=OLDER_THAN_S)
    settle = partial(_settle, bank=Bank.of(own), older_than_s=older_than_s)
    run(environ, service="payments", chores=(Chore(name="settle", every_s=1.0, do=settle),))


def _settle(database: Database, *, bank: Bank, older_than_s: float) -> None:
    waiting = write(
        database,
        DOMAIN,
        lambda owned: store.long_open(owned.connection, older_than_s=older_than_s, limit=AT_ONCE),
    )
    for operation_id in waiting:
        try:
            ask(database, bank, operation_id)
        except PaymentUncertain:
            # Still silent about this one; the next turn asks again.
            continue
