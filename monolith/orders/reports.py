"""What was sold: added up by who owns the orders, named by the domains that know the names.

This was one join over the tables of three domains. What it costs now is one question to catalog
and one to customers for the few rows that are shown, and that names are those of this moment; a
product that is gone keeps the name under which it was bought, where the join had lost its sales.
"""

from extracted.contracts.catalog import Catalog
from extracted.contracts.orders import Orders
from extracted.contracts.reports import SalesQuery, SalesReport
from monolith.catalog.seam import CATALOG
from monolith.customers import seam as customers
from monolith.orders.seam import ORDERS


def report_sales(
    query: SalesQuery, *, orders: Orders = ORDERS, catalog: Catalog = CATALOG
) -> SalesReport:
    """Return what was ordered in these days, by the clock of UTC, under the names of today."""
    report = orders.sales(query)
    quotes = catalog.get_quotes(product_ids=[sold.product_id for sold in report.products])
    names = customers.names([bought.customer_id for bought in report.customers])
    return SalesReport(
        since=report.since,
        until=report.until,
        orders=report.orders,
        revenue=report.revenue,
        products=tuple(
            sold.model_copy(update={"name": quotes[sold.product_id].name})
            if sold.product_id in quotes
            else sold
            for sold in report.products
        ),
        customers=tuple(
            bought.model_copy(update={"name": names.get(bought.customer_id, "")})
            for bought in report.customers
        ),
    )
