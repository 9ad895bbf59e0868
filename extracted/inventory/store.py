"""The rows of inventory, as writes see them: inside the caller's transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from uuid_utils import uuid7

from extracted.chassis.database import Connection, one
from extracted.contracts.inventory import Adjustment, AdjustStock, Reservation, Status, StockLine
from extracted.contracts.problems import ProblemError
from extracted.inventory.domain import Level, Portion, from_json, to_json

# Everybody locks by product and warehouse in this order, so nobody waits in a circle.
_LOCKED = (
    "SELECT s.id, s.product_id, w.slug, w.position, s.on_hand, s.reserved, s.version "
    "FROM inventory.stock s JOIN inventory.warehouse w ON w.id = s.warehouse_id "
    "WHERE s.{} = ANY(%s) ORDER BY s.product_id, s.warehouse_id FOR NO KEY UPDATE OF s"
)
_BY_PRODUCT, _BY_ID = _LOCKED.format("product_id"), _LOCKED.format("id")
_MOVE = (
    "UPDATE inventory.stock AS stock SET on_hand = stock.on_hand + %s * moved.quantity, "
    "reserved = stock.reserved + %s * moved.quantity, version = stock.version + 1, "
    "updated_at = clock_timestamp() FROM unnest(%s::uuid[], %s::bigint[]) AS moved (id, quantity) "
    "WHERE stock.id = moved.id"
)
_BEGIN = (
    "INSERT INTO inventory.reservation (id, status, expires_at) "
    "VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s)) "
    "ON CONFLICT (id) DO NOTHING RETURNING id, status, expires_at, version, updated_at, portions"
)
_RESERVATION = (
    "SELECT id, status, expires_at, version, updated_at, portions FROM inventory.reservation "
)
_OVERDUE = (
    _RESERVATION + "WHERE status = 'held' AND expires_at <= statement_timestamp() "
    "AND id <> ALL(%s) ORDER BY expires_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"
)
_END = (
    "UPDATE inventory.reservation SET status = %s, version = version + 1, "
    "updated_at = clock_timestamp() WHERE id = %s "
    "RETURNING id, status, expires_at, version, updated_at, portions"
)
# One by one: for the hundred rows that PostgreSQL expects of a document it would read all of the stock.
_LINES = (
    "SELECT s.product_id, p.quantity FROM jsonb_to_recordset(%s) "
    "AS p (position bigint, stock_id uuid, quantity bigint), "
    "LATERAL (SELECT product_id FROM inventory.stock WHERE id = p.stock_id LIMIT 1) s "
    "ORDER BY p.position"
)
_OPEN = (
    "INSERT INTO inventory.stock (id, product_id, warehouse_id, version) "
    "SELECT %s, %s, w.id, 0 FROM inventory.warehouse w WHERE w.slug = %s "
    "ON CONFLICT (product_id, warehouse_id) DO NOTHING"
)
_ADJUSTED = (
    "INSERT INTO inventory.adjustment (id, product_id, warehouse_id, change, reason, note, on_hand) "
    "SELECT %s, %s, w.id, %s, %s, %s, %s FROM inventory.warehouse w WHERE w.slug = %s "
    "RETURNING adjusted_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A reservation's row."""

    id: UUID
    status: Status
    expires_at: datetime
    version: int
    updated_at: datetime
    portions: tuple[Portion, ...]


def locked(connection: Connection, product_ids: Iterable[UUID]) -> tuple[Level, ...]:
    """Lock what all warehouses have of the products."""
    return _levels(connection.execute(_BY_PRODUCT, (list(product_ids),)).fetchall())


def lock_portions(connection: Connection, portions: Iterable[Portion]) -> None:
    """Lock the rows that portions come from."""
    connection.execute(_BY_ID, ([portion.stock_id for portion in portions],))


def opened(connection: Connection, product_id: UUID, *, warehouse: str) -> Level:
    """Lock a warehouse's row for a product, an empty new one if there was none.

    Raises ProblemError unknown-warehouse.
    """
    # Two that find none must not both insert: the second waits here, then finds the first's.
    connection.execute(_OPEN, (_new_id(), product_id, warehouse))
    levels = (level for level in locked(connection, [product_id]) if level.warehouse == warehouse)
    level = next(levels, None)
    if level is None:
        raise ProblemError("unknown-warehouse")
    return level


def move(
    connection: Connection, portions: Sequence[Portion], *, on_hand: int, reserved: int
) -> None:
    """Add each portion to what is on hand and reserved, times the factors given (-1, 0 or 1)."""
    ids = [portion.stock_id for portion in portions]
    quantities = [portion.quantity for portion in portions]
    connection.execute(_MOVE, (on_hand, reserved, ids, quantities))


def begin(
    connection: Connection, reservation_id: UUID, *, status: Status, expires_in_s: int
) -> Kept | None:
    """Insert a reservation; None when the id was used before (then it is committed by now)."""
    row = connection.execute(_BEGIN, (reservation_id, status, expires_in_s)).fetchone()
    return _kept(row) if row else None


def keep(connection: Connection, kept: Kept, portions: Sequence[Portion]) -> None:
    """Write down from where the goods of a new reservation come."""
    connection.execute(
        "UPDATE inventory.reservation SET portions = %s WHERE id = %s",
        (Jsonb(to_json(portions)), kept.id),
    )


def locked_reservation(connection: Connection, reservation_id: UUID) -> Kept | None:
    """Lock a reservation, if there is one."""
    row = connection.execute(
        _RESERVATION + "WHERE id = %s FOR NO KEY UPDATE", (reservation_id,)
    ).fetchone()
    return _kept(row) if row else None


def overdue(connection: Connection, *, besides: Iterable[UUID]) -> Kept | None:
    """Lock the reservation that should have ended first, unless somebody else is at it."""
    row = connection.execute(_OVERDUE, (list(besides),)).fetchone()
    return _kept(row) if row else None


def end(connection: Connection, kept: Kept, *, status: Status) -> Kept:
    """Give a locked reservation its new status."""
    return _kept(one(connection.execute(_END, (status, kept.id))))


def shown(connection: Connection, kept: Kept, portions: Sequence[Portion]) -> Reservation:
    """Return the reservation as others see it: by product, in the order asked for."""
    quantities: dict[UUID, int] = {}
    for product_id, quantity in connection.execute(_LINES, (Jsonb(to_json(portions)),)).fetchall():
        quantities[product_id] = quantities.get(product_id, 0) + quantity
    return Reservation(
        id=kept.id,
        status=kept.status,
        lines=tuple(StockLine(product_id=p, quantity=n) for p, n in quantities.items()),
        expires_at=kept.expires_at,
        version=kept.version,
        updated_at=kept.updated_at,
    )


def adjusted(connection: Connection, level: Level, command: AdjustStock) -> Adjustment:
    """Change what a locked row has on hand, and write down why."""
    portion = Portion(stock_id=level.stock_id, quantity=command.change)
    move(connection, [portion], on_hand=1, reserved=0)
    key, on_hand = _new_id(), level.on_hand + command.change
    values = (key, level.product_id, command.change, command.reason, command.note, on_hand)
    at = one(connection.execute(_ADJUSTED, (*values, level.warehouse)))[0]
    return Adjustment(
        id=key,
        product_id=level.product_id,
        warehouse=level.warehouse,
        change=command.change,
        reason=command.reason,
        note=command.note,
        on_hand=on_hand,
        adjusted_at=at,
    )


def _levels(rows: Iterable[tuple[Any, ...]]) -> tuple[Level, ...]:
    names = ("stock_id", "product_id", "warehouse", "position", "on_hand", "reserved", "version")
    return tuple(Level(**dict(zip(names, row, strict=True))) for row in rows)


def _kept(row: tuple[Any, ...]) -> Kept:
    return Kept(
        id=row[0],
        status=row[1],
        expires_at=row[2],
        version=row[3],
        updated_at=row[4],
        portions=from_json(row[5]),
    )


def _new_id() -> UUID:
    return UUID(bytes=uuid7().bytes)
