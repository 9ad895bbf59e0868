"""What inventory is asked: one SQL statement per question."""

from uuid import UUID

from extracted.chassis.database import Database
from extracted.contracts.inventory import (
    Adjustment,
    AdjustmentPage,
    AdjustmentQuery,
    Stock,
    StockLevel,
    Warehouse,
    WarehouseList,
)

_LEVELS = (
    "SELECT w.slug, s.on_hand, s.reserved, s.on_hand - s.reserved, s.version, s.updated_at "
    "FROM inventory.stock s JOIN inventory.warehouse w ON w.id = s.warehouse_id "
    "WHERE s.product_id = %s ORDER BY w.position, w.id"
)
_ADJUSTMENTS = (
    "SELECT a.id, a.product_id, w.slug, a.change, a.reason, a.note, a.on_hand, a.adjusted_at "
    "FROM inventory.adjustment a JOIN inventory.warehouse w ON w.id = a.warehouse_id "
    "WHERE a.product_id = %(product)s "
    "AND a.id < coalesce(%(after)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') "
    "ORDER BY a.id DESC LIMIT %(rows)s"
)
_LEVEL = ("warehouse", "on_hand", "reserved", "available", "version", "updated_at")
_ADJUSTMENT = (
    "id",
    "product_id",
    "warehouse",
    "change",
    "reason",
    "note",
    "on_hand",
    "adjusted_at",
)


def warehouses(database: Database) -> WarehouseList:
    """Return all warehouses, in the order in which goods are taken from them."""
    rows = database.read("SELECT id, slug, name FROM inventory.warehouse ORDER BY position, id")
    return WarehouseList(items=tuple(Warehouse(id=r[0], slug=r[1], name=r[2]) for r in rows))


def stock(database: Database, product_id: UUID) -> Stock:
    """Return what each warehouse has of a product, in the order in which goods are taken."""
    rows = database.read(_LEVELS, (product_id,))
    levels = tuple(StockLevel(**dict(zip(_LEVEL, row, strict=True))) for row in rows)
    return Stock(
        product_id=product_id,
        available=sum(level.available for level in levels),
        levels=levels,
    )


def adjustments(database: Database, product_id: UUID, query: AdjustmentQuery) -> AdjustmentPage:
    """Return one page of a product's adjustments, newest first (ids are UUIDv7)."""
    parameters = {"product": product_id, "after": query.cursor, "rows": query.limit + 1}
    rows = database.read(_ADJUSTMENTS, parameters)
    page = tuple(
        Adjustment(**dict(zip(_ADJUSTMENT, row, strict=True))) for row in rows[: query.limit]
    )
    is_more = len(rows) > query.limit
    return AdjustmentPage(items=page, next_cursor=str(page[-1].id) if is_more else None)
