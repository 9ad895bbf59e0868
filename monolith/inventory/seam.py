"""The only door into inventory for the monolith's other apps; it asks whoever owns the writes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from extracted.contracts.inventory import DOMAIN, Inventory, Reservation, StockLine
from monolith.inventory.local import LocalInventory
from monolith.inventory.remote import RemoteInventory
from monolith.seams.either import Either
from monolith.seams.where import Where


class Writes(Protocol):
    """What only the owner can do."""

    def reserve(
        self, *, reservation_id: UUID, lines: Sequence[StockLine], expires_in_s: int
    ) -> Reservation: ...
    def confirm(self, *, reservation_id: UUID) -> Reservation: ...
    def release(self, *, reservation_id: UUID, only_held: bool = False) -> Reservation: ...
    def sell_out(self, *, product_id: UUID) -> int: ...


class InventorySeam:
    """Writes at the owner, and reads from our tables: while the service owns, they are a copy."""

    def __init__(self, sides: Either[Writes], *, local: Inventory) -> None:
        self._sides = sides
        self._local = local

    def reserve(
        self, *, reservation_id: UUID, lines: Sequence[StockLine], expires_in_s: int
    ) -> Reservation:
        """Keep all lines or nothing; raises also Unanswered."""
        return self._sides.ask(
            lambda side: side.reserve(
                reservation_id=reservation_id, lines=lines, expires_in_s=expires_in_s
            )
        )

    def confirm(self, *, reservation_id: UUID) -> Reservation:
        """Take the goods from the shelves for good; raises also Unanswered."""
        return self._sides.ask(lambda side: side.confirm(reservation_id=reservation_id))

    def release(self, *, reservation_id: UUID, only_held: bool = False) -> Reservation:
        """Give the goods back; raises also Unanswered."""
        return self._sides.ask(
            lambda side: side.release(reservation_id=reservation_id, only_held=only_held)
        )

    def sell_out(self, *, product_id: UUID) -> int:
        """Take off all that can be reserved; raises also Unanswered."""
        return self._sides.ask(lambda side: side.sell_out(product_id=product_id))

    def availability(self, *, product_ids: Iterable[UUID]) -> Mapping[UUID, int]:
        """Return what can be reserved of each product, as far as it has come to us."""
        return self._local.availability(product_ids=product_ids)


WHERE = Where(DOMAIN)
LOCAL = LocalInventory()
INVENTORY: Inventory = InventorySeam(
    Either(domain=DOMAIN, local=LOCAL, remote=RemoteInventory(), where=WHERE), local=LOCAL
)
