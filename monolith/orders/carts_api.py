"""The HTTP face of carts."""

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from monolith.contracts.http import parse_id
from monolith.contracts.identity import SIGNED_IN
from monolith.contracts.orders import Cart as CartAnswer
from monolith.contracts.orders import PricedCart, SetCartLine
from monolith.orders import carts
from monolith.web.access import Table
from monolith.web.described import described
from monolith.web.view import View, ok, plain
from monolith.writes.request import read_bare_write, read_write, respond


class Cart(View):
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
        problems=("customer-not-found",),
    )
    def delete(self, request: Request, customer_id: str) -> Response:
        """Empty a cart."""
        attempt = read_bare_write(plain(request))
        known = parse_id(customer_id, kind="customer")
        return respond(carts.empty(known, attempt=attempt))


class CartLine(View):
    """So many of one product in a cart."""

    access: ClassVar[Table] = {"PUT": SIGNED_IN, "DELETE": SIGNED_IN}

    @described(
        "set_cart_line",
        writes=True,
        body=SetCartLine,
        answers=CartAnswer,
        problems=("customer-not-found", "product-not-found"),
    )
    def put(self, request: Request, customer_id: str, product_id: str) -> Response:
        """Want so many of a product."""
        attempt, command = read_write(plain(request), SetCartLine)
        buyer, product = _named(customer_id, product_id)
        return respond(carts.set_line(buyer, product, command, attempt=attempt))

    @described(
        "remove_cart_line",
        writes=True,
        answers=CartAnswer,
        problems=("customer-not-found", "product-not-found"),
    )
    def delete(self, request: Request, customer_id: str, product_id: str) -> Response:
        """Want a product no more."""
        attempt = read_bare_write(plain(request))
        buyer, product = _named(customer_id, product_id)
        return respond(carts.remove_line(buyer, product, attempt=attempt))


def _named(customer_id: str, product_id: str) -> tuple[UUID, UUID]:
    return parse_id(customer_id, kind="customer"), parse_id(product_id, kind="product")
