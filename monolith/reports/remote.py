"""What the services are asked for reports, over Nameko RPC."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from extracted.contracts import catalog, orders
from extracted.contracts.catalog import Quote
from extracted.contracts.reports import SalesQuery, SalesReport
from monolith.reports.rpc import Ask, Remote, RemoteUnavailable

_QUOTES = TypeAdapter(list[Quote])


class RemoteOrders:
    """Asks the orders service: it has the sums ready."""

    def __init__(self, *, ask: Ask | None = None, timeout_s: float | None = None) -> None:
        self._remote = Remote(orders.DOMAIN, ask=ask, timeout_s=timeout_s)

    def sales(self, query: SalesQuery) -> SalesReport:
        """Return what was ordered in these days; raises RemoteUnavailable."""
        found = self._remote.call("sales", query=query.model_dump(mode="json"))
        try:
            return SalesReport.model_validate(found)
        except ValidationError as error:
            raise RemoteUnavailable(f"not a report: {error}") from error


class RemoteCatalog:
    """Asks the catalog service for the names of today."""

    def __init__(self, *, ask: Ask | None = None, timeout_s: float | None = None) -> None:
        self._remote = Remote(catalog.DOMAIN, ask=ask, timeout_s=timeout_s)

    def get_quotes(self, *, product_ids: Iterable[UUID]) -> Mapping[UUID, Quote]:
        """Return a quote per known product; raises RemoteUnavailable within the deadline."""
        wanted = [str(product_id) for product_id in product_ids]
        rows = self._remote.call("get_quotes", product_ids=wanted)
        try:
            return {quote.product_id: quote for quote in _QUOTES.validate_python(rows)}
        except ValidationError as error:
            raise RemoteUnavailable(f"not a list of quotes: {error}") from error


ORDERS = RemoteOrders()
CATALOG = RemoteCatalog()
