"""The HTTP face of carts."""

from typing import ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts.http import parse_id
from extracted.contracts.identity import SIGNED_IN
from extracted.contracts.orders import Cart as CartAnswer
from extracted.contracts.orders import PricedCart, SetCartLine
from monolith.orders import carts
from monolith.orders.forward import settle
from monolith.orders.watched import OWN, Watched
from monolith.seams.writes import read_bare_write, read_write, respond
from monolith.web.access import Table
from monolith.web.described import described
from monolith.web.view import ok, plain


class Cart(Watched):
    """What a customer wants."""

    access: ClassVar[Table] = {"GET": SIGNED_IN, "DELETE": SIGNED_IN}

    @described("get_cart", answers=PricedCart, problems=("customer-not-found",))
    def get(self, request: Request, customer_id: str) -> Response:  # noqa: ARG002 - Django's signature
        """Show a cart at today's prices."""
        return ok(carts.show(parse_id(customer_id, kind="customer")))

    @described(
        "empty_cart",
        writes=True,
        answers=CartAnswer,
        headers=OWN,
        problems=("customer-not-found",),
    )
    def delete(self, request: Request, customer_id: str) -> HttpResponseBase:
        """Empty a cart."""
        write = read_bare_write(plain(request))
        known = parse_id(customer_id, kind="customer")
        return settle(write, local=lambda: respond(carts.empty(known, attempt=write.attempt)))


class CartLine(Watched):
    """So many of one product in a cart."""

    access: ClassVar[Table] = {"PUT": SIGNED_IN, "DELETE": SIGNED_IN}

    @described(
        "set_cart_line",
        writes=True,
        body=SetCartLine,
        answers=CartAnswer,
        headers=OWN,
        problems=("customer-not-found", "product-not-found"),
    )
    def put(self, request: Request, customer_id: str, product_id: str) -> HttpResponseBase:
        """Want so many of a product."""
        write, command = read_write(plain(request), SetCartLine)
        buyer, product = _named(customer_id, product_id)

        def local() -> Response:
            return respond(carts.set_line(buyer, product, command, attempt=write.attempt))

        return settle(write, local=local)

    @described(
        "remove_cart_line",
        writes=True,
        answers=CartAnswer,
        headers=OWN,
        problems=("customer-not-found", "product-not-found"),
    )
    def delete(self, request: Request, customer_id: str, product_id: str) -> HttpResponseBase:
        """Want a product no more."""
        write = read_bare_write(plain(request))
        buyer, product = _named(customer_id, product_id)

        def local() -> Response:
            return respond(carts.remove_line(buyer, product, attempt=write.attempt))

        return settle(write, local=local)


def _named(customer_id: str, product_id: str) -> tuple[UUID, UUID]:
    return parse_id(customer_id, kind="customer"), parse_id(product_id, kind="product")
