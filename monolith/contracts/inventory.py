"""The language of inventory: values and commands.

* ProblemError
  x OutOfStock          409, at most so many are left
  x ReservationLost     409, the reservation was released, has expired, or never was
"""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from monolith.contracts.problems import ProblemError
from monolith.contracts.values import Contract, ShortText, Slug, Text, Timestamp

MAX_CHANGE = 1_000_000
# Longer than any payment takes, shorter than anybody would block goods for.
MAX_HOLD_S = 7 * 24 * 3600

Status = Literal["held", "confirmed", "released", "expired"]
Reason = Literal["received", "returned", "damaged", "lost", "counted"]


def _not_zero(change: int) -> int:
    if change == 0:
        msg = "an adjustment changes something"
        raise ValueError(msg)
    return change


Change = Annotated[
    int,
    Field(strict=True, ge=-MAX_CHANGE, le=MAX_CHANGE, json_schema_extra={"not": {"const": 0}}),
    AfterValidator(_not_zero),
]


class Warehouse(Contract):
    """A place where goods are kept."""

    id: UUID
    slug: Slug
    name: ShortText


class WarehouseList(Contract):
    """All warehouses, in the order in which goods are taken from them."""

    items: tuple[Warehouse, ...]


class StockLevel(Contract):
    """What one warehouse has of a product; what is `available` is on hand and not reserved."""

    warehouse: Slug
    on_hand: int
    reserved: int
    available: int
    version: int
    updated_at: Timestamp


class Stock(Contract):
    """What all warehouses have of a product; a product that none has ever seen has 0."""

    product_id: UUID
    available: int
    levels: tuple[StockLevel, ...]


class AdjustStock(Contract):
    """Ask to change what a warehouse has, and say why."""

    warehouse: Slug
    change: Change
    reason: Reason
    note: Annotated[Text, Field(max_length=200)] = ""


class Adjustment(Contract):
    """One change of what a warehouse has; `on_hand` is what it had afterwards."""

    id: UUID
    product_id: UUID
    warehouse: Slug
    change: int
    reason: Reason
    note: str
    on_hand: int
    adjusted_at: Timestamp


class AdjustmentPage(Contract):
    """One page of a product's adjustments, newest first."""

    items: tuple[Adjustment, ...]
    next_cursor: str | None


class StockLine(Contract):
    """So many of a product."""

    product_id: UUID
    quantity: Annotated[int, Field(ge=1)]


class Reservation(Contract):
    """Goods kept for somebody; until `expires_at` nobody takes a held one away."""

    id: UUID
    status: Status
    lines: tuple[StockLine, ...]
    expires_at: Timestamp
    version: int
    updated_at: Timestamp


class AdjustmentQuery(Contract):
    """What a list of adjustments is asked for; the cursor is the last id of the page before."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: UUID | None = None


class OutOfStock(ProblemError):
    """There are not so many of a product."""

    def __init__(self, *, product_id: UUID, wanted: int, available: int) -> None:
        super().__init__(
            "out-of-stock", f"Of product {product_id} {wanted} are wanted, {available} are left."
        )
        self.product_id = product_id
        self.wanted = wanted
        self.available = available

    @property
    def facts(self) -> Mapping[str, object]:
        """Which product, how many, of how many."""
        return {
            "product_id": str(self.product_id),
            "wanted": self.wanted,
            "available": self.available,
        }


class ReservationLost(ProblemError):
    """The goods are not kept any more; `standing` is None when they never were."""

    def __init__(self, *, reservation_id: UUID, standing: Status | None) -> None:
        super().__init__(
            "reservation-lost", f"Reservation {reservation_id} is {standing or 'unknown'}."
        )
        self.reservation_id = reservation_id
        self.standing = standing
