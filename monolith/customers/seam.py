"""The only door into customers for the monolith's other apps."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from monolith.customers import selectors


def names(customer_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return the name of each known customer."""
    return selectors.names(customer_ids)
