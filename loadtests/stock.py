"""What the books of the warehouse say: stock, adjustments, reservations, and the purchases behind them.

* **opening**: what of a row's goods neither an adjustment brought nor a sale took. It was there when
  the shelves were first filled, so in a run it never changes; a row that the run opened has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A row of stock, and what explains it."""

    id: str
    on_hand: int
    reserved: int
    adjusted: int
    sold: int
    held: int

    @property
    def opening(self) -> int:
        return self.on_hand - self.adjusted + self.sold


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One change with a reason; its note is the mark that the client made unique."""

    id: str
    note: str
    change: int
    on_hand: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    id: str
    status: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A purchase at its end: the order it made, if any, and whether its goods went back."""

    id: str
    reservation_id: str
    step: str
    order_status: str | None
    orders: int
    is_restocked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The service's stock."""

    levels: tuple[Level, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    reservations: tuple[Reservation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StockEvidence:
    """The books, the purchases, and how orders of a mark stand.

    `openings` are those of the start; None when nobody noted them.
    """

    books: Books = Books()
    checkouts: tuple[Checkout, ...] = ()
    sold_as: Mapping[str, str] = field(default_factory=dict)
    openings: Mapping[str, int] | None = None


NO_STOCK = StockEvidence()
"""Of a run whose stock nobody judges."""
