"""The rules of inventory: from where goods are taken, and what is never oversold. No SQL, no Nameko."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from extracted.contracts.inventory import MAX_HOLD_S, OutOfStock, StockLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What one warehouse has of a product, as its locked row says."""

    stock_id: UUID
    product_id: UUID
    warehouse: str
    # Goods are taken from the lowest first.
    position: int
    on_hand: int
    reserved: int
    version: int

    @property
    def available(self) -> int:
        """What can be reserved."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """So many from one row of stock."""

    stock_id: UUID
    quantity: int


def wanted(lines: Iterable[StockLine]) -> Mapping[UUID, int]:
    """Add up the lines per product, in the order asked for; raises ValueError for none."""
    total: dict[UUID, int] = {}
    for line in lines:
        total[line.product_id] = total.get(line.product_id, 0) + line.quantity
    if not total:
        msg = "a reservation has at least one line"
        raise ValueError(msg)
    return total


def require_hold(expires_in_s: int) -> None:
    """Raise ValueError for a time for which nothing is kept."""
    if not 0 <= expires_in_s <= MAX_HOLD_S:
        msg = f"a reservation lasts from 0 to {MAX_HOLD_S} seconds, not {expires_in_s}"
        raise ValueError(msg)


def portioned(lines: Mapping[UUID, int], levels: Sequence[Level]) -> tuple[Portion, ...]:
    """Say from where to take the lines: from as few warehouses as it takes; raises OutOfStock."""
    by_product: dict[UUID, list[Level]] = {}
    for level in sorted(levels, key=lambda level: level.position):
        by_product.setdefault(level.product_id, []).append(level)
    return tuple(
        portion
        for product_id, quantity in lines.items()
        for portion in _portions(product_id, quantity, levels=by_product.get(product_id, []))
    )


def _portions(product_id: UUID, quantity: int, *, levels: Sequence[Level]) -> Iterable[Portion]:
    available = sum(level.available for level in levels)
    if available < quantity:
        raise OutOfStock(product_id=product_id, wanted=quantity, available=available)
    whole = next((level for level in levels if level.available >= quantity), None)
    if whole:
        yield Portion(stock_id=whole.stock_id, quantity=quantity)
        return
    for level in levels:
        taken = min(quantity, level.available)
        if taken:
            yield Portion(stock_id=level.stock_id, quantity=taken)
        quantity -= taken


def to_json(portions: Iterable[Portion]) -> list[dict[str, Any]]:
    """Write portions as a reservation keeps them."""
    return [
        {"position": position, "stock_id": str(portion.stock_id), "quantity": portion.quantity}
        for position, portion in enumerate(portions, start=1)
    ]


def from_json(kept: Iterable[Mapping[str, Any]]) -> tuple[Portion, ...]:
    """Read the portions of a reservation, in their order."""
    ordered = sorted(kept, key=lambda item: int(item["position"]))
    return tuple(
        Portion(stock_id=UUID(item["stock_id"]), quantity=item["quantity"]) for item in ordered
    )
