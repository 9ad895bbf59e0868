"""Write an invented shop with COPY, in one transaction."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from monolith.seeding import stock
from monolith.seeding.bare import bare
from monolith.seeding.rows import (
    CategoryRow,
    CustomerRow,
    LineRow,
    OrderRow,
    ProductRow,
    StockRow,
    WarehouseRow,
)
from monolith.seeding.shop import Shop

TABLES = (
    "catalog_category",
    "catalog_product",
    "catalog_command",
    "customers_customer",
    "customers_address",
    "customers_session",
    "customers_command",
    *stock.TABLES,
    "orders_order",
    "orders_orderline",
    "orders_command",
    "orders_cart",
    "orders_cartline",
    "orders_checkout",
    "orders_refund",
    "payments_payment",
    "payments_operation",
    "payments_entry",
    "sandbox_operation",
    "notifications_mail",
    "notifications_notice",
)
# Where there are many rows.
LARGE = (
    "catalog_product",
    "inventory_stock",
    "customers_customer",
    "orders_order",
    "orders_orderline",
)
Progress = Callable[[str, int], None]


def is_filled() -> bool:
    """Return whether any table of the shop has a row."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table)))
            if cursor.fetchone():
                return True
    return False


def is_captured() -> bool:
    """Return whether a domain is being moved: then a COPY would go past its stream."""
    with connection.cursor() as cursor:
        cursor.execute(
            # What others listen to is always recorded; it moves from the first stage on.
            "SELECT bool_or(o.capture AND NOT s.is_heard OR p.stage <> 'monolith') "
            "FROM handover.ownership o JOIN handover.stream s USING (domain) "
            "JOIN handover.seam p USING (domain) WHERE s.receiver IS NOT NULL"
        )
        return bool(cursor.fetchone()[0])


def load(shop: Shop, *, replace: bool, progress: Progress) -> None:
    """Write all rows or none. Orders seeded here are history: no event tells of them."""
    with transaction.atomic():
        if replace:
            _empty()
        with bare(LARGE):
            _fill(shop, progress)
    with connection.cursor() as cursor:
        # The planner knows nothing of what COPY brought until somebody looks.
        for table in TABLES:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def _fill(shop: Shop, progress: Progress) -> None:
    _copy("catalog_category", CategoryRow, shop.categories(), progress)
    _copy("catalog_product", ProductRow, shop.products(), progress)
    _copy("inventory_warehouse", WarehouseRow, stock.warehouses(seed=shop.seed), progress)
    filled = stock.levels(shop.product_ids(), seed=shop.seed)
    _copy("inventory_stock", StockRow, filled, progress)
    _copy("customers_customer", CustomerRow, shop.customers(), progress)
    lines: list[LineRow] = []
    _copy("orders_order", OrderRow, _heads(shop, lines), progress)
    _copy("orders_orderline", LineRow, lines, progress)


def _heads(shop: Shop, lines: list[LineRow]) -> Iterable[OrderRow]:
    for order, its_lines in shop.orders():
        lines.extend(its_lines)
        yield order


def _empty() -> None:
    names = sql.SQL(", ").join(sql.Identifier(table) for table in TABLES)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {}").format(names))


def _copy(table: str, row_type: type[Any], rows: Iterable[Any], progress: Progress) -> None:
    # Not dataclasses.astuple, which copies every value deeply: half of the time went there.
    values = attrgetter(*(field.name for field in fields(row_type)))
    columns = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(row_type))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
    # COPY is psycopg's own; the wrapper makes its errors Django's.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.cursor.copy(statement) as copy,
    ):
        for written, row in enumerate(rows, start=1):
            copy.write_row(values(row))
            if written % 500 == 0:
                progress(table, 500)
