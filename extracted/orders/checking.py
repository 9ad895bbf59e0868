"""The proof that events are the truth: python -m extracted.orders check.

Changes nothing and says where a snapshot, the present state or a read model tells another story than
the events. What the projector has not come to yet is no difference.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

from extracted.chassis.database import Connection
from extracted.orders import sales, store
from extracted.orders.domain import Purchase, fold

AT_ONCE = 500
_WITHOUT_EVENTS = (
    "SELECT id FROM orders.purchase p "
    "WHERE NOT EXISTS (SELECT 1 FROM orders.event e WHERE e.order_id = p.id) ORDER BY id"
)
# Whether the projector is past the last event of an order.
_IS_SHOWN = (
    "SELECT (e.written_in, e.position) <= (p.written_in, p.position) "
    "FROM orders.event e, orders.projection p "
    "WHERE p.name = 'read_models' AND e.order_id = %s AND e.version = %s"
)
_HISTORY = "SELECT shown FROM orders.history WHERE order_id = %s"
_SALE = "SELECT version, amount, counts FROM orders.sale WHERE order_id = %s"
_SUMS = """
SELECT coalesce(s.day, t.day), coalesce(s.currency, t.currency), s.orders, s.revenue,
       t.orders, t.revenue
  FROM orders.sales_of_day s FULL JOIN (
       SELECT day, currency, count(*) AS orders, sum(amount) AS revenue
         FROM orders.sale WHERE counts GROUP BY day, currency) t USING (day, currency)
 WHERE (s.orders, s.revenue) IS DISTINCT FROM (t.orders, t.revenue) ORDER BY 1, 2
"""


def differences(url: str) -> list[str]:
    """Compare states and read models with the events, as they are at one moment."""
    with psycopg.connect(url, application_name="orders-check") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return [*_of_orders(connection), *_of_sums(connection)]


def _of_orders(connection: Connection) -> Iterator[str]:
    for order_id in _order_ids(connection):
        for difference in _compare(connection, order_id):
            yield f"{order_id}: {difference}"
    for (order_id,) in connection.execute(_WITHOUT_EVENTS).fetchall():
        yield f"{order_id}: there is an order and no event"


def _compare(connection: Connection, order_id: UUID) -> Iterator[str]:
    # From the first event on, so that snapshots are checked as well.
    told = fold(store.events_of(connection, order_id))
    if told is None:
        return
    if told != store.load(connection, order_id):
        yield "the snapshot says something else than the events"
    row = connection.execute(store.PURCHASE, (order_id,)).fetchone()
    present = store.from_row(row) if row else None
    if told != present:
        yield f"the present state is {_brief(present)}, the events say {_brief(told)}"
    if _found(connection, _IS_SHOWN, order_id, told.version) == (True,):
        yield from _compare_shown(connection, told)


def _compare_shown(connection: Connection, told: Purchase) -> Iterator[str]:
    if _found(connection, _HISTORY, told.id) != (told.shown().model_dump(mode="json"),):
        yield f"the history shows something else, the events say {_brief(told)}"
    counts = told.status not in sales.NOT_SOLD
    if _found(connection, _SALE, told.id) != (told.version, told.total_amount, counts):
        yield f"the sales count something else, the events say {_brief(told)}"


def _of_sums(connection: Connection) -> Iterator[str]:
    for day, currency, *sums in connection.execute(_SUMS).fetchall():
        yield f"sales of {day} in {currency}: {sums[:2]} are summed up, the orders say {sums[2:]}"


def _found(connection: Connection, statement: str, *values: Any) -> tuple[Any, ...] | None:
    return connection.execute(statement.encode(), values).fetchone()


def _brief(purchase: Purchase | None) -> str:
    if purchase is None:
        return "nothing"
    return (
        f"{purchase.status} {purchase.version}, {purchase.total_amount} {purchase.total_currency}"
    )


def _order_ids(connection: Connection) -> Iterator[UUID]:
    last = UUID(int=0)
    while ids := store.ids(connection, after=last, limit=AT_ONCE):
        yield from ids
        last = ids[-1]
