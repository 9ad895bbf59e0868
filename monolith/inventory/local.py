"""The Inventory protocol over our own tables."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from extracted.contracts.inventory import Reservation, StockLine
from monolith.inventory import actions, adjustments, selectors


class LocalInventory:
    """Answers from the monolith's database."""

    def reserve(
        self, *, reservation_id: UUID, lines: Sequence[StockLine], expires_in_s: int
    ) -> Reservation:
        """Keep all lines or nothing."""
        return actions.reserve(reservation_id, lines=lines, expires_in_s=expires_in_s)

    def confirm(self, *, reservation_id: UUID) -> Reservation:
        """Take the goods from the shelves for good."""
        return actions.confirm(reservation_id)

    def release(self, *, reservation_id: UUID, only_held: bool = False) -> Reservation:
        """Give the goods back."""
        return actions.release(reservation_id, only_held=only_held)

    def sell_out(self, *, product_id: UUID) -> int:
        """Take off all that can be reserved."""
        return adjustments.sell_out(product_id)

    def availability(self, *, product_ids: Iterable[UUID]) -> Mapping[UUID, int]:
        """Return what can be reserved of each product."""
        return selectors.availability(product_ids)
