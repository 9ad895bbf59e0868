"""What can be read of inventory."""

from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import UUID

from django.db.models import F, Sum

from extracted.contracts.inventory import (
    Adjustment,
    AdjustmentPage,
    Reservation,
    Status,
    Stock,
    StockLevel,
    StockLine,
    Warehouse,
    WarehouseList,
)
from monolith.inventory import models

_AVAILABLE = F("on_hand") - F("reserved")
_LEVEL = ("warehouse__slug", "on_hand", "reserved", "version", "updated_at")
_ADJUSTMENT = (
    "id",
    "product_id",
    "warehouse__slug",
    "change",
    "reason",
    "note",
    "on_hand",
    "adjusted_at",
)


def get_stock(product_id: UUID) -> Stock:
    """Return what each warehouse has of a product, in the order in which goods are taken."""
    found = models.Stock.objects.filter(product_id=product_id)
    rows = found.order_by("warehouse__position", "warehouse_id").values(*_LEVEL)
    levels = tuple(_level(row) for row in rows)
    return Stock(
        product_id=product_id,
        available=sum(level.available for level in levels),
        levels=levels,
    )


def availability(product_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """Return what can be reserved of each product."""
    wanted = frozenset(product_ids)
    found = models.Stock.objects.filter(product_id__in=wanted).values("product_id")
    counted = found.annotate(available=Sum(_AVAILABLE)).values_list("product_id", "available")
    return dict.fromkeys(wanted, 0) | {product_id: int(count) for product_id, count in counted}


def list_warehouses() -> WarehouseList:
    """Return all warehouses."""
    rows = models.Warehouse.objects.order_by("position", "id").values("id", "slug", "name")
    return WarehouseList(items=tuple(Warehouse(**row) for row in rows))


def list_adjustments(product_id: UUID, *, limit: int, after: UUID | None) -> AdjustmentPage:
    """Return one page of a product's adjustments, newest first (ids are UUIDv7)."""
    found = models.Adjustment.objects.filter(product_id=product_id).order_by("-id")
    if after is not None:
        found = found.filter(id__lt=after)
    rows = list(found.values(*_ADJUSTMENT)[: limit + 1])
    page = tuple(_adjustment(row) for row in rows[:limit])
    return AdjustmentPage(items=page, next_cursor=str(page[-1].id) if len(rows) > limit else None)


def kept_by(row: models.Reservation) -> Mapping[UUID, int]:
    """Return how much of each product a reservation keeps, in the order asked for."""
    portions = models.ReservationLine.objects.filter(reservation=row).order_by("position")
    kept: dict[UUID, int] = {}
    for product_id, quantity in portions.values_list("stock__product_id", "quantity"):
        kept[product_id] = kept.get(product_id, 0) + quantity
    return kept


def reservation_value(
    row: models.Reservation, *, kept: Mapping[UUID, int] | None = None
) -> Reservation:
    """Return the reservation; whoever knows what it keeps saves the question."""
    quantities = kept_by(row) if kept is None else kept
    return Reservation(
        id=row.id,
        status=status_of(row),
        lines=tuple(
            StockLine(product_id=product_id, quantity=quantity)
            for product_id, quantity in quantities.items()
        ),
        expires_at=row.expires_at,
        version=row.version,
        updated_at=row.updated_at,
    )


def status_of(row: models.Reservation) -> Status:
    """Return the status of a row; the table's constraint admits no other."""
    return cast("Status", row.status)


def _level(row: dict[str, Any]) -> StockLevel:
    return StockLevel(
        warehouse=row["warehouse__slug"],
        on_hand=row["on_hand"],
        reserved=row["reserved"],
        available=row["on_hand"] - row["reserved"],
        version=row["version"],
        updated_at=row["updated_at"],
    )


def _adjustment(row: dict[str, Any]) -> Adjustment:
    slug = row.pop("warehouse__slug")
    return Adjustment(warehouse=slug, **row)
