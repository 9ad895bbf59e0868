"""Make the read models anew from the events: python -m extracted.orders rebuild.

Order by order, a few in a transaction: readers and the projector go on meanwhile, however long the history
is, and a rebuild that is cut off has left nothing half made. The sums come last, from what each order has
added, in one transaction: readers see the old ones until the new ones are whole.
"""

import sys
from collections.abc import Iterator, Sequence
from uuid import UUID

import psycopg

from extracted.chassis.database import Connection, one
from extracted.orders import projector, sales, store

AT_ONCE = 200
NOBODY, EVERYBODY = UUID(int=0), UUID(int=2**128 - 1)
# As many as there were at the beginning: for the progress only.
_COUNT = "SELECT count(*) FROM orders.purchase"
_HISTORY_OF = "DELETE FROM orders.history WHERE order_id > %s AND order_id <= %s"
# Those that remain are shown anew, which takes off what they had added.
_STRAY_SALES = (
    "DELETE FROM orders.sale s WHERE order_id > %s AND order_id <= %s "
    "AND NOT EXISTS (SELECT 1 FROM orders.event e WHERE e.order_id = s.order_id)"
)


def rebuild(url: str) -> int:
    """Show all orders again as all their events have made them; return how many."""
    with psycopg.connect(url, autocommit=True, application_name="orders-rebuild") as connection:
        total, done = int(one(connection.execute(_COUNT))[0]), 0
        for shown in _batches(connection):
            done += shown
            print(f"\r{done} of {total} orders", end="", file=sys.stderr, flush=True)
        print("\nsums", file=sys.stderr, flush=True)
        with connection.transaction():
            projector.hold(connection)
            for statement in sales.SUM_UP:
                connection.execute(statement)
    return done


def _batches(connection: Connection) -> Iterator[int]:
    last = NOBODY
    while last != EVERYBODY:
        with connection.transaction():
            # Before the ids are read: what the projector shows of an order in between would be deleted.
            projector.hold(connection)
            ids = store.ids(connection, after=last, limit=AT_ONCE)
            # Behind the last order there may be rows of none.
            end = ids[-1] if len(ids) == AT_ONCE else EVERYBODY
            _show(connection, ids, after=last, until=end)
        last = end
        yield len(ids)


def _show(connection: Connection, ids: Sequence[UUID], *, after: UUID, until: UUID) -> None:
    for statement in (_HISTORY_OF, _STRAY_SALES):
        connection.execute(statement, (after, until))
    for order_id in ids:
        projector.show(connection, store.load(connection, order_id))
