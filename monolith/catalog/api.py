"""The HTTP face of catalog; the service's `api.py` has the same paths and bodies."""

from http import HTTPMethod, HTTPStatus
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts import catalog as language
from extracted.contracts.catalog import ChangeProduct, CreateProduct, ProductQuery
from extracted.contracts.http import parse_id, parse_query
from extracted.contracts.identity import MERCHANTS
from monolith.catalog import actions, selectors
from monolith.catalog.forward import settle
from monolith.catalog.shadow import SHADOW
from monolith.seams.writes import read_bare_write, read_write, respond
from monolith.web import conditional
from monolith.web.access import ANYONE, Table
from monolith.web.described import described
from monolith.web.view import View, ok, plain

PRODUCTS = "/api/v1/products"
_WRITES = frozenset({HTTPMethod.POST, HTTPMethod.PATCH, HTTPMethod.DELETE})
_ETAG = {"ETag": "Names these bytes, for If-None-Match."}
_OWN = {"Set-Cookie": "For 10 seconds this client's reads are answered by who owns the writes."}


class Read(View):
    """A view with ETags, whose reads are compared with the service's, now and then; whoever writes
    sees it at once.
    """

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Offer what is answered to the comparison, once the body is made."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if request.method == HTTPMethod.GET:
            SHADOW.watch(plain(request), final)
        elif request.method in _WRITES and 200 <= final.status_code < 300:
            final.headers["Set-Cookie"] = language.SEES_OWN_WRITES
        # Last: what is compared is the body, also where the client is only told that it has it.
        conditional.name(plain(request), final)
        return final


class Products(Read):
    """The shelves."""

    access: ClassVar[Table] = {"GET": ANYONE, "POST": MERCHANTS}

    @described("list_products", query=ProductQuery, answers=language.ProductPage, headers=_ETAG)
    def get(self, request: Request) -> Response:
        """List products: filter, search, sort, page."""
        query = parse_query(ProductQuery, dict(request.GET.lists()))
        return ok(selectors.list_products(query))

    @described(
        "create_product",
        writes=True,
        body=CreateProduct,
        answers=language.Product,
        status=HTTPStatus.CREATED,
        headers={"Location": "Where the product is.", **_ETAG, **_OWN},
        problems=("sku-taken", "unknown-category"),
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Create a product."""
        write, command = read_write(plain(request), CreateProduct)

        def local() -> Response:
            answer = actions.create_product(command, attempt=write.attempt)
            location = f"{PRODUCTS}/{answer.aggregate_id}"
            return respond(answer, headers={"Location": location})

        return settle(write, local=local)


class Product(Read):
    """One product."""

    access: ClassVar[Table] = {"GET": ANYONE, "PATCH": MERCHANTS, "DELETE": MERCHANTS}

    @described(
        "get_product", answers=language.Product, headers=_ETAG, problems=("product-not-found",)
    )
    def get(self, request: Request, product_id: str) -> Response:  # noqa: ARG002 - Django's signature
        """Show a product."""
        product = selectors.get_product(parse_id(product_id, kind="product"))
        return ok(product)

    @described(
        "change_product",
        writes=True,
        body=ChangeProduct,
        answers=language.Product,
        headers={**_ETAG, **_OWN},
        problems=("product-not-found", "unknown-category"),
    )
    def patch(self, request: Request, product_id: str) -> HttpResponseBase:
        """Change a product."""
        write, command = read_write(plain(request), ChangeProduct)
        key = parse_id(product_id, kind="product")

        def local() -> Response:
            answer = actions.change_product(key, command, attempt=write.attempt)
            return respond(answer)

        return settle(write, local=local)

    @described(
        "delete_product",
        writes=True,
        answers=None,
        status=HTTPStatus.NO_CONTENT,
        headers=_OWN,
        problems=("product-not-found",),
    )
    def delete(self, request: Request, product_id: str) -> HttpResponseBase:
        """Delete a product."""
        write = read_bare_write(plain(request))
        key = parse_id(product_id, kind="product")
        return settle(
            write, local=lambda: respond(actions.delete_product(key, attempt=write.attempt))
        )


class Categories(Read):
    """All shelves."""

    access: ClassVar[Table] = {"GET": ANYONE}

    @described("list_categories", answers=language.CategoryList, headers=_ETAG)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - Django's signature
        """List categories."""
        return ok(selectors.list_categories())
