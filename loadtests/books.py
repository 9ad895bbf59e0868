"""Asks the database for the books of the warehouses, and for the purchases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from loadtests.stock import Adjustment, Books, Checkout, Level, Reservation, StockEvidence
from loadtests.witness import Connection, Database

# One statement, so one moment: a row changes together with whatever explains it.
_LEVELS = """
WITH portions AS (
    SELECT r.status, l.stock_id, l.quantity FROM inventory_reservation r
    JOIN inventory_reservationline l ON l.reservation_id = r.id
),
moved AS (
    SELECT stock_id, coalesce(sum(quantity) FILTER (WHERE status = 'held'), 0) AS held,
        coalesce(sum(quantity) FILTER (WHERE status = 'confirmed'), 0) AS sold
    FROM portions GROUP BY stock_id
),
adjusted AS (
    SELECT product_id, warehouse_id, sum(change) AS change
    FROM inventory_adjustment GROUP BY product_id, warehouse_id
)
SELECT s.id::text, s.on_hand, s.reserved, coalesce(a.change, 0)::bigint,
    coalesce(m.sold, 0)::bigint, coalesce(m.held, 0)::bigint
FROM inventory_stock s LEFT JOIN moved m ON m.stock_id = s.id
LEFT JOIN adjusted a ON a.product_id = s.product_id AND a.warehouse_id = s.warehouse_id
"""
_ADJUSTMENTS = "SELECT id::text, note, change, on_hand FROM inventory_adjustment"
_RESERVATIONS = "SELECT id::text, status, version FROM inventory_reservation"
_CHECKOUTS = (
    "SELECT c.id::text, c.reservation_id::text, c.step, o.status,"
    " (SELECT count(*) FROM orders_order t WHERE t.id = c.order_id),"
    " EXISTS (SELECT FROM orders_refund r"
    " WHERE r.order_id = c.order_id AND r.step = 'done' AND r.restocks)"
    " FROM orders_checkout c LEFT JOIN orders_order o ON o.id = c.order_id"
)
_SOLD_AS = "SELECT client_reference, status FROM orders_order WHERE client_reference IS NOT NULL"


def hear_stock(database: Database, *, openings: Mapping[str, int] | None) -> StockEvidence:
    """Ask for the books and for the purchases; raises Unreachable."""
    with database.connect() as connection:
        return StockEvidence(
            books=Books(
                levels=tuple(_rows(connection, Level, _LEVELS)),
                adjustments=tuple(_rows(connection, Adjustment, _ADJUSTMENTS)),
                reservations=tuple(_rows(connection, Reservation, _RESERVATIONS)),
            ),
            checkouts=tuple(_rows(connection, Checkout, _CHECKOUTS)),
            sold_as=dict(connection.execute(_SOLD_AS.encode()).fetchall()),
            openings=openings,
        )


def note_openings(database: Database, path: Path) -> None:
    """Write down what there was before people came; raises Unreachable."""
    with database.connect() as connection:
        levels = _rows(connection, Level, _LEVELS)
        path.write_text(json.dumps({level.id: level.opening for level in levels}))


def read_openings(path: Path) -> Mapping[str, int] | None:
    """Return what was noted, None when nobody did."""
    return json.loads(path.read_text()) if path.exists() else None


def _rows(connection: Connection, kind: type[Any], query: str) -> Iterator[Any]:
    names = tuple(kind.__dataclass_fields__)
    for row in connection.execute(query.encode()):
        yield kind(**dict(zip(names, row, strict=True)))
