"""The Orders protocol over Nameko RPC: the service has the sums ready."""

from pydantic import ValidationError

from extracted.contracts.orders import DOMAIN
from extracted.contracts.reports import SalesQuery, SalesReport
from monolith.seams.rpc import Ask, Remote, RemoteUnavailable


class RemoteOrders:
    """Asks the orders service, with a deadline and a circuit breaker."""

    def __init__(self, *, ask: Ask | None = None, timeout_s: float | None = None) -> None:
        self._remote = Remote(DOMAIN, ask=ask, timeout_s=timeout_s)

    def sales(self, query: SalesQuery) -> SalesReport:
        """Return what was ordered in these days; raises RemoteUnavailable."""
        found = self._remote.call("sales", query=query.model_dump(mode="json"))
        try:
            return SalesReport.model_validate(found)
        except ValidationError as error:
            raise RemoteUnavailable(f"not a report: {error}") from error
