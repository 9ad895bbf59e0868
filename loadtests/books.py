"""Asks each side for its books of the warehouse, and the owner of the orders for the purchases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg

from loadtests.evidence import MONOLITH, SERVICE, DomainEvidence
from loadtests.places import PURCHASES, database_of
from loadtests.stock import Adjustment, Books, Checkout, Level, Reservation, StockEvidence
from loadtests.witness import Databases, Unreachable

DOMAIN = "inventory"
# Each side's portions, as (status, stock_id, quantity), and its tables.
_PORTIONS = {
    MONOLITH: "SELECT r.status, l.stock_id, l.quantity FROM inventory_reservation r"
    " JOIN inventory_reservationline l ON l.reservation_id = r.id",
    SERVICE: "SELECT r.status, p.stock_id, p.quantity FROM inventory.reservation r"
    " CROSS JOIN LATERAL jsonb_to_recordset(r.portions) AS p (stock_id uuid, quantity bigint)",
}
_TABLE = {MONOLITH: "inventory_{}", SERVICE: "inventory.{}"}
# One statement, so one moment: a row changes together with whatever explains it.
_LEVELS = """
WITH portions AS ({portions}),
moved AS (
    SELECT stock_id, coalesce(sum(quantity) FILTER (WHERE status = 'held'), 0) AS held,
        coalesce(sum(quantity) FILTER (WHERE status = 'confirmed'), 0) AS sold
    FROM portions GROUP BY stock_id
),
adjusted AS (
    SELECT product_id, warehouse_id, sum(change) AS change
    FROM {adjustment} GROUP BY product_id, warehouse_id
)
SELECT s.id::text, s.on_hand, s.reserved, coalesce(a.change, 0)::bigint,
    coalesce(m.sold, 0)::bigint, coalesce(m.held, 0)::bigint
FROM {stock} s LEFT JOIN moved m ON m.stock_id = s.id
LEFT JOIN adjusted a ON a.product_id = s.product_id AND a.warehouse_id = s.warehouse_id
"""
_ADJUSTMENTS = "SELECT id::text, note, change, on_hand FROM {adjustment}"
_RESERVATIONS = "SELECT id::text, status, version FROM {reservation}"
_CHECKOUTS = (
    "SELECT c.id::text, c.reservation_id::text, c.step, o.status,"
    " (SELECT count(*) FROM {order} t WHERE t.id = c.order_id),"
    " EXISTS (SELECT FROM {refund} r"
    " WHERE r.order_id = c.order_id AND r.step = 'done' AND r.restocks)"
    " FROM {checkout} c LEFT JOIN {order} o ON o.id = c.order_id"
)
_SOLD_AS = "SELECT client_reference, status FROM {order} WHERE client_reference IS NOT NULL"


def hear_stock(
    databases: Databases,
    case: DomainEvidence,
    *,
    orders: DomainEvidence,
    openings: Mapping[str, int] | None,
) -> StockEvidence:
    """Ask each side for its books, the owner of the orders for the purchases; raises Unreachable."""
    names = PURCHASES[orders.owner]
    try:
        with databases.connect() as connections:
            books = {
                side: _books(connections[database_of(side, domain=DOMAIN)], side)
                for side in case.copies
            }
            shop = connections[database_of(orders.owner, domain=orders.domain)]
            found = _rows(shop, Checkout, _CHECKOUTS.format(**names))
            checkouts = tuple(Checkout(**row) for row in found)
            sold_as = dict(shop.execute(_SOLD_AS.format(**names).encode()).fetchall())
    except psycopg.Error as error:
        raise Unreachable(f"a database did not answer: {error}".strip()) from error
    return StockEvidence(
        owner=case.owner,
        is_followed=case.copies[case.owner].followed,
        books=books,
        checkouts=checkouts,
        sold_as=sold_as,
        openings=openings,
    )


def note_openings(databases: Databases, path: Path) -> None:
    """Write down what there was before people came, as the owner has it; raises Unreachable."""
    try:
        with databases.connect() as connections:
            for side in (SERVICE, MONOLITH):
                connection = connections[database_of(side, domain=DOMAIN)]
                if _owns(connection):
                    found = {level.id: level.opening for level in _levels(connection, side)}
                    path.write_text(json.dumps(found))
                    return
    except psycopg.Error as error:
        raise Unreachable(f"a database did not answer: {error}".strip()) from error


def read_openings(path: Path) -> Mapping[str, int] | None:
    """Return what was noted, None when nobody did."""
    return json.loads(path.read_text()) if path.exists() else None


def _owns(connection: psycopg.Connection[Any]) -> bool:
    query = "SELECT mode FROM handover.ownership WHERE domain = %s AND bucket = 0"
    return connection.execute(query, (DOMAIN,)).fetchone() in {None, ("OWNER",)}


def _books(connection: psycopg.Connection[Any], side: str) -> Books:
    def rows(kind: type[Any], query: str) -> tuple[Any, ...]:
        return tuple(kind(**row) for row in _rows(connection, kind, _named(query, side)))

    return Books(
        levels=tuple(_levels(connection, side)),
        adjustments=rows(Adjustment, _ADJUSTMENTS),
        reservations=rows(Reservation, _RESERVATIONS),
    )


def _levels(connection: psycopg.Connection[Any], side: str) -> Iterator[Level]:
    for row in _rows(connection, Level, _named(_LEVELS, side)):
        yield Level(**row)


def _rows(
    connection: psycopg.Connection[Any], kind: type[Any], query: str
) -> Iterator[dict[str, Any]]:
    names = tuple(kind.__dataclass_fields__)
    for row in connection.execute(query.encode()):
        yield dict(zip(names, row, strict=True))


def _named(query: str, side: str) -> str:
    # Names of tables cannot be parameters; these come from the two above.
    names = {each: _TABLE[side].format(each) for each in ("stock", "adjustment", "reservation")}
    return query.format(portions=_PORTIONS[side], **names)
