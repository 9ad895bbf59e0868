"""The Catalog protocol over the service's HTTP face: dearer per product, but without the broker."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import httpx
from pydantic import ValidationError

from extracted.contracts.catalog import Product, Quote
from monolith.seams.peers import Peers
from monolith.seams.rpc import RemoteUnavailable

TIMEOUT_S = 1.0


class FaceCatalog:
    """Asks for one product after the other: meant for the few that nobody else could quote."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    def get_quotes(self, *, product_ids: Iterable[UUID]) -> Mapping[UUID, Quote]:
        """Return a quote per known product; raises RemoteUnavailable."""
        found = (self._ask(product_id) for product_id in product_ids)
        return {quote.product_id: quote for quote in found if quote}

    def _ask(self, product_id: UUID) -> Quote | None:
        try:
            answer = self._peers.get(f"/api/v1/products/{product_id}", timeout_s=TIMEOUT_S)
            if answer.status_code == 404:
                return None
            product = Product.model_validate_json(answer.raise_for_status().content)
        except (httpx.HTTPError, ValidationError) as error:
            raise RemoteUnavailable(repr(error)) from error
        return Quote(product_id=product.id, name=product.name, price=product.price)
