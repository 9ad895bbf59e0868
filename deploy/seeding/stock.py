"""Invent what the warehouses have: much of what is bought often, nothing of a few things."""

import random
from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import UUID

from seeding.ids import moment, uuid7_at
from seeding.rows import StockRow, WarehouseRow

WAREHOUSES = ("main", "harbor")
SOLD_OUT = 0.01
IN_BOTH = 0.1
PLENTY = 100_000
FEW = 50


def warehouses(*, seed: int) -> Iterator[WarehouseRow]:
    """Build the warehouses; goods are taken from the first while it has them."""
    chance = _chance(seed, "warehouses")
    for position, slug in enumerate(WAREHOUSES, start=1):
        at = moment(position, every=timedelta(seconds=1))
        yield WarehouseRow(
            id=uuid7_at(at, chance),
            slug=slug,
            name=f"{slug} warehouse".capitalize(),
            position=position,
            version=1,
            updated_at=at,
        )


def levels(product_ids: Iterable[UUID], *, seed: int) -> Iterator[StockRow]:
    """Fill the shelves; the products that come first are the popular ones."""
    chance = _chance(seed, "stock")
    first, second = (warehouse.id for warehouse in warehouses(seed=seed))
    for position, product_id in enumerate(product_ids):
        yield _level(product_id, warehouse_id=first, position=position, chance=chance)
        if chance.random() < IN_BOTH:
            yield _level(product_id, warehouse_id=second, position=position, chance=chance)


def _level(
    product_id: UUID, *, warehouse_id: UUID, position: int, chance: random.Random
) -> StockRow:
    at = moment(position, every=timedelta(seconds=30))
    plenty = FEW + PLENTY // (position + 1)
    return StockRow(
        id=uuid7_at(at, chance),
        product_id=product_id,
        warehouse_id=warehouse_id,
        on_hand=0 if chance.random() < SOLD_OUT else int(plenty * (0.5 + chance.random())),
        reserved=0,
        version=1,
        updated_at=at,
    )


def _chance(seed: int, what: str) -> random.Random:
    # Of its own, as for every table: more stock does not change the products.
    return random.Random(f"{seed}:{what}")  # noqa: S311 - a shop, not a secret
