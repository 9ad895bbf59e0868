"""The HTTP face of inventory."""

from http import HTTPMethod, HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts import inventory as language
from extracted.contracts.http import parse_id, parse_query
from extracted.contracts.identity import MERCHANTS
from extracted.contracts.inventory import AdjustmentQuery, AdjustStock
from extracted.contracts.problems import ProblemError
from monolith.catalog.seam import CATALOG
from monolith.inventory import adjustments, selectors
from monolith.inventory.forward import PEERS
from monolith.inventory.shadow import SHADOW
from monolith.seams.forward import settle
from monolith.seams.writes import read_write, respond
from monolith.web.access import ANYONE, Table
from monolith.web.described import described
from monolith.web.view import View, ok, plain

_OWN = {"Set-Cookie": "For 10 seconds this client's reads are answered by who owns the writes."}


class Read(View):
    """A view whose reads are compared with the service's, now and then."""

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Offer what is answered to the comparison; whoever writes sees it at once."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if request.method == HTTPMethod.GET:
            SHADOW.watch(plain(request), final)
        elif request.method == HTTPMethod.POST and final.status_code == HTTPStatus.CREATED:
            final.headers["Set-Cookie"] = language.SEES_OWN_WRITES
        return final


class Warehouses(Read):
    """Where goods are kept."""

    access: ClassVar[Table] = {"GET": MERCHANTS}

    @described("list_warehouses", answers=language.WarehouseList)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - Django's signature
        """List warehouses."""
        return ok(selectors.list_warehouses())


class Stock(Read):
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


class Adjustments(Read):
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
        headers=_OWN,
        problems=("product-not-found", "unknown-warehouse", "out-of-stock"),
    )
    def post(self, request: Request, product_id: str) -> HttpResponseBase:
        """Adjust what a warehouse has of a product."""
        write, command = read_write(plain(request), AdjustStock)
        key = parse_id(product_id, kind="product")

        def local() -> Response:
            return respond(adjustments.adjust_stock(key, command, attempt=write.attempt))

        return settle(write, local=local, peers=PEERS)


def _require_known(product_id: UUID) -> None:
    if not CATALOG.get_quotes(product_ids=[product_id]):
        raise ProblemError("product-not-found")
