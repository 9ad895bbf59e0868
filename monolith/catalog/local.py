"""The Catalog protocol over our own tables."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from extracted.contracts.catalog import Quote
from monolith.catalog import selectors


class LocalCatalog:
    """Answers from the monolith's database: the truth, or the replica kept after the cutover."""

    def get_quotes(self, *, product_ids: Iterable[UUID]) -> Mapping[UUID, Quote]:
        """Return a quote per known product."""
        return selectors.get_quotes(product_ids)
