"""Rows of stock: locked in one order, counted, and moved in one statement."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from uuid_utils.compat import uuid7

from extracted.contracts.inventory import OutOfStock
from monolith.inventory import models


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """So many from one row of stock."""

    stock_id: UUID
    quantity: int


def locked(product_ids: Iterable[UUID]) -> Mapping[UUID, Sequence[models.Stock]]:
    """Lock all rows of the products; of each, those of the first warehouse come first.

    Everybody locks by product and warehouse in this order, so nobody waits in a circle.
    """
    found = models.Stock.objects.filter(product_id__in=sorted(product_ids))
    rows = found.order_by("product_id", "warehouse_id").select_for_update(of=("self",), no_key=True)
    by_product: dict[UUID, list[models.Stock]] = defaultdict(list)
    for row in rows.select_related("warehouse"):
        by_product[row.product_id].append(row)
    for levels in by_product.values():
        levels.sort(key=lambda row: (row.warehouse.position, row.warehouse_id))
    return by_product


def portioned(
    wanted: Mapping[UUID, int], levels: Mapping[UUID, Sequence[models.Stock]]
) -> tuple[Portion, ...]:
    """Say from where to take what is wanted: from as few warehouses as it takes; or OutOfStock."""
    portions: list[Portion] = []
    for product_id, quantity in wanted.items():
        portions += _portions(product_id, quantity, levels=levels.get(product_id, ()))
    return tuple(portions)


def _portions(
    product_id: UUID, quantity: int, *, levels: Sequence[models.Stock]
) -> Iterable[Portion]:
    available = sum(row.on_hand - row.reserved for row in levels)
    if available < quantity:
        raise OutOfStock(product_id=product_id, wanted=quantity, available=available)
    whole = next((row for row in levels if row.on_hand - row.reserved >= quantity), None)
    if whole:
        yield Portion(stock_id=whole.id, quantity=quantity)
        return
    for row in levels:
        taken = min(quantity, row.on_hand - row.reserved)
        if taken:
            yield Portion(stock_id=row.id, quantity=taken)
        quantity -= taken


def move(portions: Sequence[Portion], *, on_hand: int, reserved: int) -> None:
    """Add each portion to what is on hand and reserved, times the factors given (-1, 0 or 1)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_stock AS stock SET on_hand = stock.on_hand + %s * moved.quantity, "
            "reserved = stock.reserved + %s * moved.quantity, version = stock.version + 1, "
            "updated_at = clock_timestamp() "
            "FROM unnest(%s::uuid[], %s::bigint[]) AS moved (id, quantity) "
            "WHERE stock.id = moved.id",
            (
                on_hand,
                reserved,
                [portion.stock_id for portion in portions],
                [portion.quantity for portion in portions],
            ),
        )


def opened(product_id: UUID, warehouse: models.Warehouse) -> models.Stock:
    """Lock a warehouse's row for a product, an empty new one if there was none."""
    with connection.cursor() as cursor:
        # Two that find none must not both insert: the second waits here, then finds the first's.
        cursor.execute(
            "INSERT INTO inventory_stock (id, product_id, warehouse_id, on_hand, reserved, version) "
            "VALUES (%s, %s, %s, 0, 0, 0) ON CONFLICT (product_id, warehouse_id) DO NOTHING",
            (uuid7(), product_id, warehouse.id),
        )
    found = models.Stock.objects.select_for_update(no_key=True)
    stock = found.get(product_id=product_id, warehouse=warehouse)
    stock.warehouse = warehouse
    return stock
