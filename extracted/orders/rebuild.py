"""Make the read models anew from the events: python -m extracted.orders rebuild."""

import sys
import time

import psycopg

from extracted.chassis.database import Connection
from extracted.orders import projector

# Then the rest is left to the projector.
PATIENCE_S = 30.0
AT_ONCE = 500
# Deleted and not truncated: whoever reads meanwhile sees the old ones and need not wait.
_EMPTY = (
    "DELETE FROM orders.history",
    "DELETE FROM orders.sale",
    "DELETE FROM orders.sales_of_day",
    "DELETE FROM orders.sales_of_product",
    "DELETE FROM orders.sales_of_customer",
)
_FROM_THE_START = """
UPDATE orders.projection SET written_in = '0', position = 0, shown_at = NULL
 WHERE name = 'read_models'
"""


def rebuild(url: str) -> int:
    """Empty the read models and show all events again; return how many.

    In one transaction: readers see the old ones until the new ones are whole, and a projector that
    runs waits.
    """
    with psycopg.connect(url, application_name="orders-rebuild") as connection:
        projector.hold(connection)
        total = _count(connection)
        for statement in _EMPTY:
            connection.execute(statement)
        connection.execute(_FROM_THE_START)
        done = 0
        deadline = time.monotonic() + PATIENCE_S
        while done < total and time.monotonic() < deadline:
            shown = projector.project(connection, batch=AT_ONCE)
            if not shown:
                # What is younger than a transaction that is still open has to wait for its end.
                time.sleep(projector.LOOK_AGAIN_S)
            done += shown
            print(f"\r{done} of {total} events", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    return done


def _count(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM orders.event").fetchone()
    return int(row[0]) if row else 0
