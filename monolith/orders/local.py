"""The Orders protocol over our own tables: the truth, or the copy kept while the service owns."""

from extracted.contracts.reports import SalesQuery, SalesReport
from monolith.orders.sales import sales


class LocalOrders:
    """Answers from the monolith's database."""

    def sales(self, query: SalesQuery) -> SalesReport:
        """Return what was ordered in these days."""
        return sales(query)
