"""The chores of orders; whoever is killed is replaced at once, and by then its leases have run out.

A process that has imported everything forks the next one: a start costs milliseconds, so a test can
afford to kill at every step. The id of the present one is in PID_FILE.
"""

import os
import signal
import sys

from extracted.chassis import boot
from extracted.chassis.config import read_settings

boot.patch()

from pathlib import Path
from types import FrameType

import psycopg
from eventlet.patcher import original

from extracted.chassis.runner import run
from extracted.orders.chores import OrdersChores

_EXPIRE = (
    "UPDATE orders.checkout SET leased_until = clock_timestamp() WHERE step NOT IN ('done', 'failed')",
    "UPDATE orders.refund SET leased_until = clock_timestamp() WHERE step NOT IN ('done', 'failed')",
)


def work() -> None:
    with psycopg.connect(os.environ["ORDERS_OWNER_DATABASE_URL"]) as connection:
        for statement in _EXPIRE:
            connection.execute(statement)
    note = Path(os.environ["PID_FILE"])
    # At once whole: who kills must not read half of it.
    note.with_suffix(".new").write_text(str(os.getpid()))
    note.with_suffix(".new").rename(note)
    run(OrdersChores, read_settings(os.environ, service="orders"))


def main() -> None:
    present: list[int] = []

    def leave(number: int, _: FrameType | None) -> None:
        for child in present:
            os.kill(child, signal.SIGKILL)
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    # Not the green one: it would start the hub here, and children of a hub share its sockets.
    wait = original("os").waitpid
    while True:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            work()
        present[:] = [child]
        _, status = wait(child, 0)
        present.clear()
        if not os.WIFSIGNALED(status):
            sys.exit(1)


if __name__ == "__main__":
    main()
