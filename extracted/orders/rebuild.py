"""Make the read models anew from the events: python -m extracted.orders rebuild.

Also the proof that events are the truth: `--check` changes nothing and says where the present state or
a read model tells another story than the events.
"""

import sys
from collections.abc import Iterator
from uuid import UUID

import psycopg

from extracted.chassis.database import Connection
from extracted.orders import projector, store
from extracted.orders.domain import fold

AT_ONCE = 500
_EMPTY = """
TRUNCATE orders.history, orders.sale, orders.sales_of_day, orders.sales_of_product,
    orders.sales_of_customer
"""
_FROM_THE_START = """
UPDATE orders.projection SET written_in = '0', position = 0, shown_at = NULL
 WHERE name = 'read_models'
"""
_ORDERS = (
    "SELECT DISTINCT order_id FROM orders.event WHERE order_id > %s ORDER BY order_id LIMIT %s"
)
_STATE = "SELECT status, version, total_amount FROM orders.purchase WHERE id = %s"
_SHOWN = "SELECT shown->>'status', version FROM orders.history WHERE order_id = %s"


def rebuild(url: str) -> int:
    """Empty the read models and show all events again; return how many.

    In one transaction: readers see the old ones until the new ones are whole, and a projector that
    runs waits.
    """
    with psycopg.connect(url, application_name="orders-rebuild") as connection:
        total = _count(connection)
        connection.execute(_EMPTY)
        connection.execute(_FROM_THE_START)
        done = 0
        while shown := projector.project(connection, batch=AT_ONCE):
            done += shown
            print(f"\r{done} of {total} events", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    return done


def differences(url: str) -> list[str]:
    """Compare the present state and the history of every order with what its events say."""
    with psycopg.connect(url, autocommit=True, application_name="orders-check") as connection:
        return [
            line for order_id in _order_ids(connection) for line in _compare(connection, order_id)
        ]


def _compare(connection: Connection, order_id: UUID) -> Iterator[str]:
    # From the first event on, so that snapshots are checked as well.
    told = fold(store.events_of(connection, order_id))
    if told != store.load(connection, order_id):
        yield f"{order_id}: the snapshot says something else than the events"
    if told is None:
        return
    state = connection.execute(_STATE, (order_id,)).fetchone()
    if state != (told.status, told.version, told.total_amount):
        yield f"{order_id}: the present state is {state}, the events say {told.status}"
    shown = connection.execute(_SHOWN, (order_id,)).fetchone()
    if shown is not None and shown[1] == told.version and shown[0] != told.status:
        yield f"{order_id}: the history shows {shown[0]}, the events say {told.status}"


def _order_ids(connection: Connection) -> Iterator[UUID]:
    last = UUID(int=0)
    while rows := connection.execute(_ORDERS, (last, AT_ONCE)).fetchall():
        for (last,) in rows:
            yield last


def _count(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM orders.event").fetchone()
    return int(row[0]) if row else 0
