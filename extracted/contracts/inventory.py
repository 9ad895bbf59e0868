"""The published language of inventory: values, commands, images and events.

* ProblemError
  x OutOfStock          409, at most so many are left
  x ReservationLost     409, the reservation was released, has expired, or never was
"""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, TypeAdapter

from extracted.contracts.commands import CommandImage, CommandNote
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import Refusal
from extracted.contracts.values import Contract, ShortText, Slug, Text, Timestamp

__all__ = ["CommandImage", "CommandNote"]

DOMAIN = "inventory"
MAX_CHANGE = 1_000_000
# Longer than any payment takes, shorter than anybody would block goods for.
MAX_HOLD_S = 7 * 24 * 3600

Status = Literal["held", "confirmed", "released", "expired"]
Reason = Literal["received", "returned", "damaged", "lost", "counted"]

_ID = TypeAdapter(UUID)


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


class WarehouseImage(Contract):
    """A warehouse's row, as it travels between the two databases."""

    id: UUID
    slug: Slug
    name: ShortText
    position: int
    version: int
    updated_at: Timestamp


class StockImage(Contract):
    """A row of stock, as it travels."""

    id: UUID
    product_id: UUID
    warehouse_id: UUID
    on_hand: int
    reserved: int
    version: int
    updated_at: Timestamp


class PortionImage(Contract):
    """So many from one row of stock: a part of a reservation."""

    position: int
    stock_id: UUID
    quantity: int


class ReservationImage(Contract):
    """A reservation with its portions, as it travels."""

    id: UUID
    status: Status
    expires_at: Timestamp
    version: int
    created_at: Timestamp
    updated_at: Timestamp
    portions: tuple[PortionImage, ...]


class AdjustmentImage(Contract):
    """An adjustment's row, as it travels; it never changes."""

    id: UUID
    product_id: UUID
    warehouse_id: UUID
    change: int
    reason: Reason
    note: str
    on_hand: int
    adjusted_at: Timestamp


class WarehouseChange(Contract):
    """A warehouse row put."""

    entity: Literal["warehouse"] = "warehouse"
    op: Literal["put"] = "put"
    image: WarehouseImage


class StockChange(Contract):
    """A row of stock put."""

    entity: Literal["stock"] = "stock"
    op: Literal["put"] = "put"
    image: StockImage


class ReservationChange(Contract):
    """A reservation put."""

    entity: Literal["reservation"] = "reservation"
    op: Literal["put"] = "put"
    image: ReservationImage


class AdjustmentChange(Contract):
    """An adjustment put."""

    entity: Literal["adjustment"] = "adjustment"
    op: Literal["put"] = "put"
    image: AdjustmentImage


Row = Annotated[
    WarehouseChange | StockChange | ReservationChange | AdjustmentChange | CommandNote,
    Field(discriminator="entity"),
]


class ReservationEvent(Contract):
    """The payload of stock_reserved, stock_confirmed, stock_released and stock_expired."""

    reservation: Reservation
    # Those now true, as the other side keeps them.
    rows: tuple[Row, ...] = ()


class StockAdjusted(Contract):
    """The payload of stock_adjusted."""

    adjustment: Adjustment
    rows: tuple[Row, ...] = ()


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

    @property
    def facts(self) -> Mapping[str, object]:
        """Which reservation, and what became of it."""
        return {"reservation_id": str(self.reservation_id), "standing": self.standing}


def error_of(refusal: Refusal) -> ProblemError:
    """Return the error that a refusal stands for; raises KeyError or ValueError for nonsense."""
    facts = refusal.facts
    if refusal.kind == "out-of-stock":
        return OutOfStock(
            product_id=_ID.validate_python(facts["product_id"]),
            wanted=facts["wanted"],
            available=facts["available"],
        )
    if refusal.kind == "reservation-lost":
        return ReservationLost(
            reservation_id=_ID.validate_python(facts["reservation_id"]), standing=facts["standing"]
        )
    error = ProblemError(refusal.kind, refusal.detail)
    # A kind that this version does not know has no place among its answers: KeyError.
    _ = error.status
    return error
