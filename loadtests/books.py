"""Asks inventory for the books of the warehouse, and orders for the purchases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from loadtests.stock import Adjustment, Books, Checkout, Level, Reservation, StockEvidence
from loadtests.witness import Databases, Unreachable

T = TypeVar("T")
# One statement, so one moment: a row changes together with whatever explains it.
_LEVELS = """
WITH portions AS (
    SELECT r.status, p.stock_id, p.quantity FROM inventory.reservation r
    CROSS JOIN LATERAL jsonb_to_recordset(r.portions) AS p (stock_id uuid, quantity bigint)
),
moved AS (
    SELECT stock_id, coalesce(sum(quantity) FILTER (WHERE status = 'held'), 0) AS held,
        coalesce(sum(quantity) FILTER (WHERE status = 'confirmed'), 0) AS sold
    FROM portions GROUP BY stock_id
),
adjusted AS (
    SELECT product_id, warehouse_id, sum(change) AS change
    FROM inventory.adjustment GROUP BY product_id, warehouse_id
)
SELECT s.id::text, s.on_hand, s.reserved, coalesce(a.change, 0)::bigint,
    coalesce(m.sold, 0)::bigint, coalesce(m.held, 0)::bigint
FROM inventory.stock s LEFT JOIN moved m ON m.stock_id = s.id
LEFT JOIN adjusted a ON a.product_id = s.product_id AND a.warehouse_id = s.warehouse_id
"""
_ADJUSTMENTS = "SELECT id::text, note, change, on_hand FROM inventory.adjustment"
_RESERVATIONS = "SELECT id::text, status, version FROM inventory.reservation"
_CHECKOUTS = (
    "SELECT c.id::text, c.reservation_id::text, c.step, o.status,"
    " (SELECT count(*) FROM orders.purchase t WHERE t.id = c.order_id),"
    " EXISTS (SELECT FROM orders.refund r"
    " WHERE r.order_id = c.order_id AND r.step = 'done' AND r.restocks)"
    " FROM orders.checkout c LEFT JOIN orders.purchase o ON o.id = c.order_id"
)
_SOLD_AS = "SELECT client_reference, status FROM orders.purchase WHERE client_reference IS NOT NULL"


def hear_stock(databases: Databases, *, openings: Mapping[str, int] | None) -> StockEvidence:
    """Ask for the books and for the purchases; raises Unreachable."""
    try:
        with databases.connect() as connections:
            books = _books(connections["inventory"])
            shop = connections["orders"]
            checkouts = tuple(_rows(shop, Checkout, _CHECKOUTS))
            sold_as = dict(shop.execute(_SOLD_AS.encode()).fetchall())
    except psycopg.Error as error:
        raise Unreachable(f"a database did not answer: {error}".strip()) from error
    return StockEvidence(books=books, checkouts=checkouts, sold_as=sold_as, openings=openings)


def note_openings(databases: Databases, path: Path) -> None:
    """Write down what there was before people came; raises Unreachable."""
    try:
        with databases.connect() as connections:
            levels = _books(connections["inventory"]).levels
    except psycopg.Error as error:
        raise Unreachable(f"a database did not answer: {error}".strip()) from error
    path.write_text(json.dumps({level.id: level.opening for level in levels}))


def read_openings(path: Path) -> Mapping[str, int] | None:
    """Return what was noted, None when nobody did."""
    return json.loads(path.read_text()) if path.exists() else None


def _books(connection: psycopg.Connection[Any]) -> Books:
    return Books(
        levels=tuple(_rows(connection, Level, _LEVELS)),
        adjustments=tuple(_rows(connection, Adjustment, _ADJUSTMENTS)),
        reservations=tuple(_rows(connection, Reservation, _RESERVATIONS)),
    )


def _rows(connection: psycopg.Connection[Any], kind: type[T], query: str) -> Iterator[T]:
    names = tuple(kind.__dataclass_fields__)  # type: ignore[attr-defined]
    for row in connection.execute(query.encode()):
        yield kind(**dict(zip(names, row, strict=True)))
