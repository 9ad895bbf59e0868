"""The Catalog protocol over Nameko RPC."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from extracted.contracts.catalog import DOMAIN, Quote
from monolith.seams.rpc import Ask, Remote, RemoteUnavailable

_QUOTES = TypeAdapter(list[Quote])


class RemoteCatalog:
    """Asks the catalog service, with a deadline and a circuit breaker."""

    def __init__(
        self, *, ask: Ask | None = None, timeout_s: float | None = None, open_s: float | None = None
    ) -> None:
        more = {} if open_s is None else {"open_s": open_s}
        self._remote = Remote(DOMAIN, ask=ask, timeout_s=timeout_s, **more)

    def get_quotes(self, *, product_ids: Iterable[UUID]) -> Mapping[UUID, Quote]:
        """Return a quote per known product; raises RemoteUnavailable within the deadline."""
        wanted = [str(product_id) for product_id in product_ids]
        rows = self._remote.call("get_quotes", product_ids=wanted)
        try:
            return {quote.product_id: quote for quote in _QUOTES.validate_python(rows)}
        except ValidationError as error:
            raise RemoteUnavailable(f"not a list of quotes: {error}") from error
