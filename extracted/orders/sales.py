"""The read model of sales: sums by day, kept current order by order.

Each order remembers what it has added, so that another state of it takes that off and adds its own;
showing the same order twice, or a late one after a newer, changes nothing.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from psycopg.types.json import Jsonb

from extracted.chassis.database import Connection, Database
from extracted.contracts.reports import (
    CustomerSales,
    ProductSales,
    Revenue,
    SalesQuery,
    SalesReport,
)
from extracted.orders.domain import Purchase, Status

Sale = Mapping[str, Any]
NOT_SOLD = {Status.CANCELLED, Status.REFUNDED}
_SALE = (
    "SELECT day, customer_id, currency, amount, lines, counts FROM orders.sale "
    "WHERE order_id = %s FOR UPDATE"
)
_NOTE = (
    "INSERT INTO orders.sale (order_id, version, day, customer_id, currency, amount, lines, counts) "
    "VALUES (%(id)s, %(version)s, %(day)s, %(customer)s, %(currency)s, %(amount)s, %(lines)s, "
    "%(counts)s) ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, "
    "day = excluded.day, customer_id = excluded.customer_id, currency = excluded.currency, "
    "amount = excluded.amount, lines = excluded.lines, counts = excluded.counts"
)
_DAY = (
    "INSERT INTO orders.sales_of_day AS s (day, currency, orders, revenue) "
    "VALUES (%(day)s, %(currency)s, %(sign)s, %(sign)s * %(amount)s::numeric) "
    "ON CONFLICT (day, currency) DO UPDATE "
    "SET orders = s.orders + excluded.orders, revenue = s.revenue + excluded.revenue"
)
_CUSTOMER = (
    "INSERT INTO orders.sales_of_customer AS s (day, customer_id, currency, orders, revenue) "
    "VALUES (%(day)s, %(customer)s, %(currency)s, %(sign)s, %(sign)s * %(amount)s::numeric) "
    "ON CONFLICT (day, customer_id, currency) DO UPDATE "
    "SET orders = s.orders + excluded.orders, revenue = s.revenue + excluded.revenue"
)
# Sorted, so that two who show orders at once cannot wait for each other in a circle.
_PRODUCTS = (
    "INSERT INTO orders.sales_of_product AS s "
    "(day, product_id, currency, name, orders, quantity, revenue) "
    "SELECT %(day)s, l.product_id, l.unit_currency, l.name, %(sign)s, "
    "%(sign)s * sum(l.quantity), %(sign)s * sum(l.quantity * l.unit_amount)::numeric "
    "FROM jsonb_to_recordset(%(lines)s) AS l (product_id uuid, name text, quantity bigint, "
    "unit_amount bigint, unit_currency text) GROUP BY l.product_id, l.unit_currency, l.name "
    "ORDER BY l.product_id ON CONFLICT (day, product_id, currency, name) DO UPDATE "
    "SET orders = s.orders + excluded.orders, quantity = s.quantity + excluded.quantity, "
    "revenue = s.revenue + excluded.revenue"
)
# What nobody bought in the end leaves no row, so that the tables are those of a rebuild.
FORGET = (
    "DELETE FROM orders.sales_of_day WHERE day = %(day)s AND orders = 0",
    (
        "DELETE FROM orders.sales_of_customer "
        "WHERE day = %(day)s AND customer_id = %(customer)s AND orders = 0"
    ),
    (
        "DELETE FROM orders.sales_of_product WHERE day = %(day)s AND orders = 0 AND product_id = ANY("
        "ARRAY(SELECT product_id FROM jsonb_to_recordset(%(lines)s) AS l (product_id uuid)))"
    ),
)
# The same from nothing: what each order that counts has added.
SUM_UP = (
    "DELETE FROM orders.sales_of_day",
    "DELETE FROM orders.sales_of_customer",
    "DELETE FROM orders.sales_of_product",
    (
        "INSERT INTO orders.sales_of_day (day, currency, orders, revenue) "
        "SELECT day, currency, count(*), sum(amount) FROM orders.sale WHERE counts GROUP BY 1, 2"
    ),
    (
        "INSERT INTO orders.sales_of_customer (day, customer_id, currency, orders, revenue) "
        "SELECT day, customer_id, currency, count(*), sum(amount) FROM orders.sale "
        "WHERE counts GROUP BY 1, 2, 3"
    ),
    (
        "INSERT INTO orders.sales_of_product "
        "(day, product_id, currency, name, orders, quantity, revenue) "
        "SELECT s.day, l.product_id, l.unit_currency, l.name, count(DISTINCT s.order_id), "
        "sum(l.quantity), sum(l.quantity * l.unit_amount) FROM orders.sale s, "
        "jsonb_to_recordset(s.lines) AS l (product_id uuid, name text, quantity bigint, "
        "unit_amount bigint, unit_currency text) WHERE s.counts GROUP BY 1, 2, 3, 4"
    ),
)
_TOTALS = (
    "SELECT sum(orders), sum(revenue), currency FROM orders.sales_of_day "
    "WHERE day BETWEEN %(since)s AND %(until)s GROUP BY currency ORDER BY 3"
)
_BY_PRODUCT = (
    "SELECT product_id, max(name), sum(orders), sum(quantity), sum(revenue), currency "
    "FROM orders.sales_of_product WHERE day BETWEEN %(since)s AND %(until)s "
    "GROUP BY product_id, currency ORDER BY 5 DESC, 1 LIMIT %(limit)s"
)
_BY_CUSTOMER = (
    "SELECT customer_id, sum(orders), sum(revenue), currency FROM orders.sales_of_customer "
    "WHERE day BETWEEN %(since)s AND %(until)s GROUP BY customer_id, currency "
    "ORDER BY 3 DESC, 1 LIMIT %(limit)s"
)


def show(connection: Connection, purchase: Purchase) -> None:
    """Let an order count as it is now."""
    row = connection.execute(_SALE, (purchase.id,)).fetchone()
    if row is not None and row[5]:
        names = ("day", "customer", "currency", "amount", "lines")
        _add(connection, -1, dict(zip(names, row[:5], strict=True)))
    day = purchase.placed_at.astimezone(UTC).date()
    now = {
        "day": day,
        "customer": purchase.customer_id,
        "currency": purchase.total_currency,
        "amount": purchase.total_amount,
        "lines": list(purchase.lines),
    }
    counts = purchase.status not in NOT_SOLD
    if counts:
        _add(connection, 1, now)
    sale = {**now, "lines": Jsonb(now["lines"]), "id": purchase.id, "counts": counts}
    connection.execute(_NOTE, {**sale, "version": purchase.version})


def report(database: Database, query: SalesQuery) -> SalesReport:
    """Return what was ordered in these days, by the clock of UTC, under the names of then."""
    bounds = {"since": query.since, "until": query.until, "limit": query.limit}
    totals = database.read(_TOTALS, bounds)
    return SalesReport(
        since=query.since,
        until=query.until,
        orders=sum(int(row[0]) for row in totals),
        revenue=tuple(_revenue(row[1], row[2]) for row in totals),
        products=tuple(
            ProductSales(
                product_id=row[0],
                name=row[1],
                orders=int(row[2]),
                quantity=int(row[3]),
                revenue=_revenue(row[4], row[5]),
            )
            for row in database.read(_BY_PRODUCT, bounds)
        ),
        customers=tuple(
            CustomerSales(
                customer_id=row[0], name="", orders=int(row[1]), revenue=_revenue(row[2], row[3])
            )
            for row in database.read(_BY_CUSTOMER, bounds)
        ),
    )


def _add(connection: Connection, sign: int, sale: Sale) -> None:
    values = {**sale, "sign": sign, "lines": Jsonb(sale["lines"])}
    for statement in (_DAY, _CUSTOMER, _PRODUCTS):
        connection.execute(statement, values)
    if sign < 0:
        for statement in FORGET:
            connection.execute(statement, values)


def _revenue(amount: Any, currency: str) -> Revenue:
    return Revenue.model_validate({"amount": int(amount), "currency": currency})
