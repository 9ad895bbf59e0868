"""The read model of sales: sums by day, kept current order by order.

Each order remembers what it has added, so that another state of it takes that off and adds its own;
showing the same order twice, or a late one after a newer, changes nothing.
"""

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

NOT_SOLD = {Status.CANCELLED, Status.REFUNDED}
_SALE = (
    "SELECT day, customer_id, currency, amount, lines, counts FROM orders.sale "
    "WHERE order_id = %s FOR UPDATE"
)
_NOTE = (
    "INSERT INTO orders.sale (order_id, version, day, customer_id, currency, amount, lines, counts) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (order_id) DO UPDATE "
    "SET version = excluded.version, counts = excluded.counts"
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
    "SELECT %(day)s, l.product_id, l.unit_currency, max(l.name), %(sign)s, "
    "%(sign)s * sum(l.quantity), %(sign)s * sum(l.quantity * l.unit_amount)::numeric "
    "FROM jsonb_to_recordset(%(lines)s) AS l (product_id uuid, name text, quantity bigint, "
    "unit_amount bigint, unit_currency text) GROUP BY l.product_id, l.unit_currency "
    "ORDER BY l.product_id ON CONFLICT (day, product_id, currency) DO UPDATE "
    "SET orders = s.orders + excluded.orders, quantity = s.quantity + excluded.quantity, "
    "revenue = s.revenue + excluded.revenue, name = greatest(s.name, excluded.name)"
)
_TOTALS = (
    "SELECT sum(orders), sum(revenue), currency FROM orders.sales_of_day "
    "WHERE day BETWEEN %(since)s AND %(until)s GROUP BY currency HAVING sum(orders) > 0 ORDER BY 3"
)
_BY_PRODUCT = (
    "SELECT product_id, max(name), sum(orders), sum(quantity), sum(revenue), currency "
    "FROM orders.sales_of_product WHERE day BETWEEN %(since)s AND %(until)s "
    "GROUP BY product_id, currency HAVING sum(orders) > 0 ORDER BY 5 DESC, 1 LIMIT %(limit)s"
)
_BY_CUSTOMER = (
    "SELECT customer_id, sum(orders), sum(revenue), currency FROM orders.sales_of_customer "
    "WHERE day BETWEEN %(since)s AND %(until)s GROUP BY customer_id, currency "
    "HAVING sum(orders) > 0 ORDER BY 3 DESC, 1 LIMIT %(limit)s"
)


def show(connection: Connection, purchase: Purchase) -> None:
    """Let an order count as it is now."""
    row = connection.execute(_SALE, (purchase.id,)).fetchone()
    day = purchase.placed_at.astimezone(UTC).date()
    amount, currency, lines = purchase.total_amount, purchase.total_currency, list(purchase.lines)
    counts = purchase.status not in NOT_SOLD
    if row is not None and row[5]:
        _add(
            connection,
            -1,
            day=row[0],
            customer=row[1],
            currency=row[2],
            amount=row[3],
            lines=row[4],
        )
    if counts:
        _add(
            connection,
            1,
            day=day,
            customer=purchase.customer_id,
            currency=currency,
            amount=amount,
            lines=lines,
        )
    values = (purchase.id, purchase.version, day, purchase.customer_id, currency, amount)
    connection.execute(_NOTE, (*values, Jsonb(lines), counts))


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


def _add(connection: Connection, sign: int, *, lines: list[Any], **of: Any) -> None:
    values = {**of, "sign": sign, "lines": Jsonb(lines)}
    for statement in (_DAY, _CUSTOMER, _PRODUCTS):
        connection.execute(statement, values)


def _revenue(amount: Any, currency: str) -> Revenue:
    return Revenue.model_validate({"amount": int(amount), "currency": currency})
