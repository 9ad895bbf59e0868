"""Reservations as rows: begun once, found again, and led to their end."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import connection

from extracted.contracts.inventory import MAX_HOLD_S, Status, StockLine
from monolith.inventory import models
from monolith.inventory.levels import Portion, locked


def wanted(lines: Sequence[StockLine]) -> Mapping[UUID, int]:
    """Add up the lines per product, in the order asked for."""
    if not lines:
        msg = "a reservation has at least one line"
        raise ValueError(msg)
    total: dict[UUID, int] = {}
    for line in lines:
        total[line.product_id] = total.get(line.product_id, 0) + line.quantity
    return total


def begin(reservation_id: UUID, *, status: Status, expires_in_s: int) -> models.Reservation | None:
    """Insert a reservation; None when the id was used before (then it is committed by now)."""
    if not 0 <= expires_in_s <= MAX_HOLD_S:
        msg = f"a reservation lasts from 0 to {MAX_HOLD_S} seconds, not {expires_in_s}"
        raise ValueError(msg)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_reservation (id, status, expires_at, version) "
            "VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s), 1) "
            "ON CONFLICT (id) DO NOTHING RETURNING expires_at, created_at, updated_at",
            (reservation_id, status, expires_in_s),
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return models.Reservation(
        id=reservation_id,
        status=status,
        version=1,
        expires_at=row[0],
        created_at=row[1],
        updated_at=row[2],
    )


def locked_reservation(reservation_id: UUID) -> models.Reservation | None:
    """Lock a reservation, if there is one."""
    found = models.Reservation.objects.select_for_update(no_key=True)
    return found.filter(pk=reservation_id).first()


def keep(row: models.Reservation, portions: Sequence[Portion]) -> None:
    """Write down from where the goods of a reservation come."""
    models.ReservationLine.objects.bulk_create(
        models.ReservationLine(
            reservation=row, position=position, stock_id=portion.stock_id, quantity=portion.quantity
        )
        for position, portion in enumerate(portions, start=1)
    )


def locked_portions(row: models.Reservation) -> tuple[Portion, ...]:
    """Return what a reservation keeps, its rows of stock locked in everybody's order."""
    lines = models.ReservationLine.objects.filter(reservation=row)
    found = list(lines.values_list("stock_id", "quantity", "stock__product_id"))
    locked({product_id for _, _, product_id in found})
    return tuple(Portion(stock_id=stock_id, quantity=count) for stock_id, count, _ in found)


def end(row: models.Reservation, *, status: Status) -> None:
    """Give a locked reservation its new status."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_reservation SET status = %s, version = version + 1, "
            "updated_at = clock_timestamp() WHERE id = %s RETURNING version, updated_at",
            (status, row.id),
        )
        row.version, row.updated_at = cursor.fetchone()
    row.status = status


def overdue(*, besides: Iterable[UUID]) -> models.Reservation | None:
    """Lock the reservation that should have ended first, unless somebody else is at it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM inventory_reservation WHERE status = 'held' "
            "AND expires_at <= statement_timestamp() AND id <> ALL(%s::uuid[]) "
            "ORDER BY expires_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED",
            (list(besides),),
        )
        found = cursor.fetchone()
    return models.Reservation.objects.get(pk=found[0]) if found else None
