"""What was sold, added up from our own tables."""

from typing import Any

from django.db import connection

from extracted.contracts.reports import (
    CustomerSales,
    ProductSales,
    Revenue,
    SalesQuery,
    SalesReport,
)

# Of the database's calendar: that of Python ends with the last day that may be asked for.
_ORDERS = """
    o.placed_at >= %(since)s::date::timestamp AT TIME ZONE 'UTC'
    AND o.placed_at < (%(until)s::date + 1)::timestamp AT TIME ZONE 'UTC'
    AND o.status NOT IN ('cancelled', 'refunded')
"""
_TOTALS = f"""
    SELECT count(*), sum(o.total_amount), o.total_currency
      FROM orders_order o WHERE {_ORDERS} GROUP BY o.total_currency ORDER BY 3
"""  # noqa: S608 - constants of this module
_BY_PRODUCT = f"""
    SELECT l.product_id, max(l.name), count(DISTINCT o.id), sum(l.quantity),
           sum(l.quantity * l.unit_amount), l.unit_currency
      FROM orders_order o
      JOIN orders_orderline l ON l.order_id = o.id
     WHERE {_ORDERS} GROUP BY l.product_id, l.unit_currency
     ORDER BY 5 DESC, 1 LIMIT %(limit)s
"""  # noqa: S608 - likewise
_BY_CUSTOMER = f"""
    SELECT o.customer_id, count(*), sum(o.total_amount), o.total_currency
      FROM orders_order o
     WHERE {_ORDERS} GROUP BY o.customer_id, o.total_currency
     ORDER BY 3 DESC, 1 LIMIT %(limit)s
"""  # noqa: S608 - likewise


def sales(query: SalesQuery) -> SalesReport:
    """Return what was ordered in these days, under the names of then; customers have none here."""
    totals = _ask(_TOTALS, query)
    return SalesReport(
        since=query.since,
        until=query.until,
        orders=sum(count for count, _, _ in totals),
        revenue=tuple(_revenue(amount, currency) for _, amount, currency in totals),
        products=tuple(
            ProductSales(
                product_id=row[0],
                name=row[1],
                orders=row[2],
                quantity=row[3],
                revenue=_revenue(row[4], row[5]),
            )
            for row in _ask(_BY_PRODUCT, query)
        ),
        customers=tuple(
            CustomerSales(
                customer_id=row[0], name="", orders=row[1], revenue=_revenue(row[2], row[3])
            )
            for row in _ask(_BY_CUSTOMER, query)
        ),
    )


def _ask(statement: str, query: SalesQuery) -> list[tuple[Any, ...]]:
    bounds: dict[str, Any] = {
        "since": query.since,
        "until": query.until,
        "limit": query.limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, bounds)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _revenue(amount: Any, currency: str) -> Revenue:
    return Revenue.model_validate({"amount": int(amount), "currency": currency})
