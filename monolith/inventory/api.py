"""The HTTP face of inventory."""

from http import HTTPStatus
from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from monolith.catalog.models import Product
from monolith.contracts import inventory as language
from monolith.contracts.http import parse_id, parse_query
from monolith.contracts.identity import MERCHANTS
from monolith.contracts.inventory import AdjustmentQuery, AdjustStock
from monolith.contracts.problems import ProblemError
from monolith.inventory import adjustments, selectors
from monolith.web.access import ANYONE, Table
from monolith.web.described import described
from monolith.web.view import View, ok, plain
from monolith.writes.request import read_write, respond


class Warehouses(View):
    """Where goods are kept."""

    access: ClassVar[Table] = {"GET": MERCHANTS}

    @described("list_warehouses", answers=language.WarehouseList)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - Django's signature
        """List warehouses."""
        return ok(selectors.list_warehouses())


class Stock(View):
    """What there is of a product."""

    access: ClassVar[Table] = {"GET": ANYONE}

    @described("get_stock", answers=language.Stock, problems=("product-not-found",))
    def get(self, request: Request, product_id: str) -> Response:  # noqa: ARG002 - Django's signature
        """Show the stock of a product."""
        key = parse_id(product_id, kind="product")
        stock = selectors.get_stock(key)
        # Only a product without stock is worth a question to catalog: sold out, or never heard of?
        if not stock.levels:
            _require_known(key)
        return ok(stock)


class Adjustments(View):
    """Why there is as much as there is."""

    access: ClassVar[Table] = {"GET": MERCHANTS, "POST": MERCHANTS}

    @described(
        "list_adjustments",
        query=AdjustmentQuery,
        answers=language.AdjustmentPage,
        problems=("product-not-found",),
    )
    def get(self, request: Request, product_id: str) -> Response:
        """List a product's adjustments, newest first."""
        key = parse_id(product_id, kind="product")
        query = parse_query(AdjustmentQuery, dict(request.GET.lists()))
        page = selectors.list_adjustments(key, limit=query.limit, after=query.cursor)
        if not page.items and query.cursor is None:
            _require_known(key)
        return ok(page)

    @described(
        "adjust_stock",
        writes=True,
        body=AdjustStock,
        answers=language.Adjustment,
        status=HTTPStatus.CREATED,
        problems=("product-not-found", "unknown-warehouse", "out-of-stock"),
    )
    def post(self, request: Request, product_id: str) -> Response:
        """Adjust what a warehouse has of a product."""
        attempt, command = read_write(plain(request), AdjustStock)
        key = parse_id(product_id, kind="product")
        return respond(adjustments.adjust_stock(key, command, attempt=attempt))


def _require_known(product_id: UUID) -> None:
    if not Product.objects.filter(pk=product_id).exists():
        raise ProblemError("product-not-found")
