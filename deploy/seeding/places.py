"""Where the rows of the shop live: database, table, and its columns by the fields of our rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from seeding.rows import CategoryRow, CustomerRow, OrderRow, ProductRow, StockRow, WarehouseRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A table that is filled; `named` says which columns are called otherwise than our fields."""

    database: str
    table: tuple[str, str]
    row: type[Any]
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in the order of the fields."""
        return tuple(self.named.get(each.name, each.name) for each in fields(self.row))


CATEGORIES = Place(database="catalog", table=("catalog", "category"), row=CategoryRow)
PRODUCTS = Place(
    database="catalog",
    table=("catalog", "product"),
    row=ProductRow,
    named={"price_amount": "amount", "price_currency": "currency"},
)
WAREHOUSES = Place(database="inventory", table=("inventory", "warehouse"), row=WarehouseRow)
STOCK = Place(database="inventory", table=("inventory", "stock"), row=StockRow)
CUSTOMERS = Place(database="monolith", table=("public", "customers_customer"), row=CustomerRow)
ORDERS = Place(database="orders", table=("orders", "purchase"), row=OrderRow)

# All that a shop has, and what `--replace` deletes: tables by database.
EVERYTHING: Mapping[str, tuple[tuple[str, str], ...]] = {
    "monolith": tuple(
        ("public", f"customers_{name}") for name in ("customer", "address", "session", "command")
    ),
    "catalog": tuple(("catalog", name) for name in ("category", "product", "command")),
    "inventory": tuple(
        ("inventory", name)
        for name in ("warehouse", "stock", "reservation", "adjustment", "command")
    ),
    # A trigger takes the events with the orders that are emptied, and what was derived from them.
    "orders": tuple(
        ("orders", name) for name in ("purchase", "cart", "checkout", "refund", "command")
    ),
    "payments": tuple(("payments", name) for name in ("payment", "operation", "entry")),
    "notifications": tuple(("notifications", name) for name in ("mail", "notice")),
}
