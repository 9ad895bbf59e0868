"""Write an invented shop with COPY: per database all rows or none, and the orders last."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from operator import attrgetter
from typing import Any

import psycopg
from psycopg import sql

from seeding import stock
from seeding.places import (
    CATEGORIES,
    CUSTOMERS,
    EVERYTHING,
    ORDERS,
    PRODUCTS,
    STOCK,
    WAREHOUSES,
    Place,
)
from seeding.shop import Shop

Progress = Callable[[str, int], None]
Connections = Mapping[str, psycopg.Connection[Any]]
# An order that somebody else has written is one event, whatever became of it there.
_EVENTS = """
INSERT INTO orders.event (order_id, version, type, data, at)
SELECT id, version, 'order_imported', to_jsonb(p), updated_at FROM orders.purchase p ORDER BY id
"""


class SeedError(Exception):
    """What is in the way, in one line."""


@contextmanager
def databases(environment: Mapping[str, str] = os.environ) -> Iterator[Connections]:
    """Open the databases as their owners; raises SeedError."""
    names = {side: f"{side.upper()}_OWNER_DATABASE_URL" for side in EVERYTHING}
    if missing := [name for name in names.values() if not environment.get(name)]:
        msg = f"{', '.join(missing)} not set (`python -m stack env` prints them all)"
        raise SeedError(msg)
    with ExitStack() as stack:
        try:
            yield {
                side: stack.enter_context(psycopg.connect(environment[name], autocommit=True))
                for side, name in names.items()
            }
        except psycopg.Error as error:
            raise SeedError(" ".join(str(error).split())) from error


def is_filled(connections: Connections) -> bool:
    """Return whether any table of the shop has a row."""
    return any(
        connections[side].execute(_named("SELECT 1 FROM {} LIMIT 1", table)).fetchone()
        for side, tables in EVERYTHING.items()
        for table in tables
    )


def load(shop: Shop, connections: Connections, *, replace: bool, progress: Progress) -> None:
    """Write all rows. Orders seeded here are history: no event tells the other services of them."""
    with ExitStack() as stack:
        for connection in connections.values():
            stack.enter_context(connection.transaction())
        if replace:
            _empty(connections)
        _fill(shop, connections, progress)
    for side, tables in EVERYTHING.items():
        # The planner knows nothing of what COPY brought until somebody looks.
        for table in tables:
            connections[side].execute(_named("ANALYZE {}", table))


def _fill(shop: Shop, connections: Connections, progress: Progress) -> None:
    def copy(place: Place, rows: Iterable[Any]) -> None:
        _copy(place, rows, connections[place.database], progress)

    copy(CATEGORIES, shop.categories())
    copy(PRODUCTS, shop.products())
    copy(WAREHOUSES, stock.warehouses(seed=shop.seed))
    copy(STOCK, stock.levels(shop.product_ids(), seed=shop.seed))
    copy(CUSTOMERS, shop.customers())
    copy(ORDERS, shop.orders())
    connections[ORDERS.database].execute(_EVENTS.encode())


def _empty(connections: Connections) -> None:
    for side, tables in EVERYTHING.items():
        names = sql.SQL(", ").join(sql.Identifier(*table) for table in tables)
        connections[side].execute(sql.SQL("TRUNCATE {}").format(names))


def _copy(
    place: Place, rows: Iterable[Any], connection: psycopg.Connection[Any], progress: Progress
) -> None:
    # Not dataclasses.astuple, which copies every value deeply: half of the time went there.
    values = attrgetter(*(field.name for field in fields(place.row)))
    columns = sql.SQL(", ").join(map(sql.Identifier, place.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(*place.table), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for written, row in enumerate(rows, start=1):
            copy.write_row(values(row))
            if written % 500 == 0:
                progress(place.table[1], 500)


def _named(statement: str, table: tuple[str, str]) -> bytes:
    return statement.format(sql.Identifier(*table).as_string(None)).encode()
