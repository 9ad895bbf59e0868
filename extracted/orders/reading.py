"""What orders are asked: one order from its present state, many from the read model."""

import time
from typing import Any
from uuid import UUID

import eventlet

from extracted.chassis.database import Database
from extracted.contracts.orders import Order, OrderPage, OrderQuery
from extracted.contracts.problems import ProblemError
from extracted.orders import checkout, store
from extracted.orders.sagas import Checkout

# How long a list waits for the read model to come to where the events were when it was asked for:
# whoever has just ordered sees the order.
CATCH_UP_S = 0.25
LOOK_AGAIN_S = 0.005

_HISTORY = (
    "SELECT shown FROM orders.history WHERE customer_id = %(customer)s "
    "AND order_id < coalesce(%(after)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') "
    "ORDER BY order_id DESC LIMIT %(rows)s"
)
# Whether something of this customer's is not shown yet; not whether everything is, which would read all
# that a customer has ever ordered. What is further behind does not come within our patience.
BEHIND = """
SELECT EXISTS (
    SELECT 1 FROM orders.projection p, LATERAL (
           SELECT order_id FROM orders.event WHERE (written_in, position) > (p.written_in, p.position)
            ORDER BY written_in, position LIMIT 1000) e
      JOIN orders.purchase o ON o.id = e.order_id
     WHERE p.name = 'read_models' AND o.customer_id = %s)
"""


def order(database: Database, order_id: UUID) -> Order:
    """Return an order; raises ProblemError."""
    rows = database.read(store.PURCHASE, (order_id,))
    if not rows:
        raise ProblemError("order-not-found")
    return store.from_row(rows[0]).shown()


def owner_of(database: Database, order_id: UUID) -> UUID:
    """Return whose order it is; raises ProblemError."""
    rows = database.read("SELECT customer_id FROM orders.purchase WHERE id = %s", (order_id,))
    if not rows:
        raise ProblemError("order-not-found")
    owner: UUID = rows[0][0]
    return owner


def orders_of(database: Database, query: OrderQuery) -> OrderPage:
    """Return one page of a customer's orders, newest first (ids are UUIDv7), from the read model."""
    _await_read_model(database, query.customer_id)
    parameters = {"customer": query.customer_id, "after": query.cursor, "rows": query.limit + 1}
    rows = database.read(_HISTORY, parameters)
    page = tuple(Order.model_validate(row[0]) for row in rows[: query.limit])
    is_more = len(rows) > query.limit
    return OrderPage(items=page, next_cursor=str(page[-1].id) if is_more else None)


def a_checkout(database: Database, checkout_id: UUID) -> Any:
    """Return a checkout as it is shown; raises ProblemError."""
    with database.transaction() as connection:
        row = Checkout.find(connection, "id = %s", checkout_id)
    if row is None:
        raise ProblemError("checkout-not-found")
    return checkout.shown(row)


def _await_read_model(database: Database, customer_id: UUID) -> None:
    deadline = time.monotonic() + CATCH_UP_S
    while database.read(BEHIND, (customer_id,))[0][0] and time.monotonic() < deadline:
        eventlet.sleep(LOOK_AGAIN_S)
