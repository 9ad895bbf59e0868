"""What was sold: added up by who owns the orders, named by the domains that know the names.

A product that is gone, or about which nobody answers, keeps the name under which it was bought.
"""

import logging
from collections.abc import Mapping
from uuid import UUID

from extracted.contracts.catalog import Catalog, Quote
from extracted.contracts.orders import Orders
from extracted.contracts.problems import ProblemError
from extracted.contracts.reports import SalesQuery, SalesReport
from monolith.customers import seam as customers
from monolith.reports.remote import CATALOG, ORDERS
from monolith.reports.rpc import RemoteUnavailable

log = logging.getLogger(__name__)


def report_sales(
    query: SalesQuery, *, orders: Orders = ORDERS, catalog: Catalog = CATALOG
) -> SalesReport:
    """Return what was ordered in these days, by the clock of UTC, under the names of today.

    Raises ProblemError when the service of the orders does not answer: there is no other copy.
    """
    try:
        report = orders.sales(query)
    except RemoteUnavailable as error:
        log.warning("orders service did not answer", extra={"reason": str(error)})
        raise ProblemError("unavailable", headers={"Retry-After": "1"}) from error
    quotes = _quotes(report, catalog=catalog)
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


def _quotes(report: SalesReport, *, catalog: Catalog) -> Mapping[UUID, Quote]:
    try:
        return catalog.get_quotes(product_ids=[sold.product_id for sold in report.products])
    except RemoteUnavailable as error:
        log.warning("catalog service did not answer", extra={"reason": str(error)})
        return {}
