"""The HTTP face of inventory."""

from functools import partial
from uuid import UUID

from extracted.chassis.database import Database
from extracted.chassis.messages import Request, Response
from extracted.chassis.requests import Write, command_of, once, prepared, shown
from extracted.chassis.shop import Shop
from extracted.contracts.http import parse_body, parse_id, parse_query
from extracted.contracts.inventory import (
    DOMAIN,
    Adjustment,
    AdjustmentQuery,
    AdjustStock,
)
from extracted.contracts.problems import ProblemError
from extracted.inventory import reading, writing

WAREHOUSES = "/api/v1/warehouses"
STOCK = "/api/v1/stock/<product_id>"
ADJUSTMENTS = f"{STOCK}/adjustments"


def list_warehouses(database: Database) -> Response:
    """Answer GET /api/v1/warehouses."""
    return shown(reading.warehouses(database))


def show_stock(database: Database, shop: Shop, product_id: str) -> Response:
    """Answer GET /api/v1/stock/<id>."""
    key = parse_id(product_id, kind="product")
    found = reading.stock(database, key)
    # Only a product without stock is worth a question to catalog: sold out, or never heard of?
    if not found.levels:
        _require_known(shop, key)
    return shown(found)


def list_adjustments(database: Database, shop: Shop, request: Request, product_id: str) -> Response:
    """Answer GET /api/v1/stock/<id>/adjustments."""
    key = parse_id(product_id, kind="product")
    query = parse_query(AdjustmentQuery, request.query)
    page = reading.adjustments(database, key, query)
    if not page.items and query.cursor is None:
        _require_known(shop, key)
    return shown(page)


def adjust_stock(database: Database, shop: Shop, request: Request, product_id: str) -> Write:
    """Check POST /api/v1/stock/<id>/adjustments; return the write."""
    command = command_of(request, domain=DOMAIN, has_body=True)
    asked = parse_body(AdjustStock, request.raw_body)
    key = parse_id(product_id, kind="product")

    def write() -> Response:
        # Before the transaction: never wait for another process while holding locks.
        _require_known(shop, key)
        execute = partial(writing.adjust, command=asked, product_id=key)
        return prepared(database, command, execute, shape=Adjustment)()

    return lambda: once(database, command, write, shape=Adjustment)


def _require_known(shop: Shop, product_id: UUID) -> None:
    if not shop.has(f"/api/v1/products/{product_id}"):
        raise ProblemError("product-not-found")
