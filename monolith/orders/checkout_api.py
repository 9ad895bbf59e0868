"""The HTTP face of checkouts and refunds."""

from http import HTTPStatus
from typing import ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts import orders as language
from extracted.contracts.http import parse_id
from extracted.contracts.identity import SIGNED_IN
from monolith.orders import checkout, refunds, selectors
from monolith.orders.forward import settle
from monolith.orders.others import OTHERS
from monolith.orders.watched import OWN, Watched
from monolith.outbox.once import Answer
from monolith.seams.writes import read_write, respond
from monolith.web.access import Table, check_owner
from monolith.web.described import described
from monolith.web.view import ok, plain

LATER = "The card's provider does not answer; it is finished without the client."


class CartCheckout(Watched):
    """What is in a cart, bought."""

    access: ClassVar[Table] = {"POST": SIGNED_IN}

    @described(
        "check_out",
        writes=True,
        body=language.CheckOut,
        answers=language.Order,
        status=HTTPStatus.CREATED,
        headers={"Location": "Where the order is, or the checkout if only time helps.", **OWN},
        problems=(
            "customer-not-found",
            "cart-empty",
            "conflict",
            "out-of-stock",
            "reservation-lost",
            "payment-declined",
            "unknown-product",
        ),
        also={HTTPStatus.ACCEPTED: LATER},
    )
    def post(self, request: Request, customer_id: str) -> HttpResponseBase:
        """Buy a cart."""
        write, command = read_write(plain(request), language.CheckOut)
        buyer = parse_id(customer_id, kind="customer")

        def local() -> Response:
            answer = checkout.check_out(buyer, command, attempt=write.attempt, others=OTHERS)
            return respond(answer, headers={"Location": _place_of(answer)})

        return settle(write, local=local)


class Checkout(Watched):
    """A purchase on its way."""

    access: ClassVar[Table] = {"GET": SIGNED_IN}

    @described("get_checkout", answers=language.Checkout, problems=("checkout-not-found",))
    def get(self, request: Request, checkout_id: str) -> Response:
        """Show a checkout."""
        found = checkout.get(parse_id(checkout_id, kind="checkout"))
        check_owner(request, found.customer_id, otherwise="checkout-not-found")
        return ok(found)


class Refund(Watched):
    """An order whose money goes back."""

    access: ClassVar[Table] = {"POST": SIGNED_IN}

    @described(
        "refund_order",
        writes=True,
        body=language.RefundOrder,
        answers=language.Order,
        headers=OWN,
        problems=("order-not-found", "order-state", "conflict"),
        also={HTTPStatus.ACCEPTED: LATER},
    )
    def post(self, request: Request, order_id: str) -> HttpResponseBase:
        """Give the money of an order back."""
        write, command = read_write(plain(request), language.RefundOrder)
        known = parse_id(order_id, kind="order")

        def local() -> Response:
            check_owner(request, selectors.owner_of(known), otherwise="order-not-found")
            return respond(
                refunds.refund_order(known, command, attempt=write.attempt, others=OTHERS)
            )

        return settle(write, local=local)


def _place_of(answer: Answer) -> str:
    kind = "checkouts" if answer.status == HTTPStatus.ACCEPTED else "orders"
    return f"/api/v1/{kind}/{answer.aggregate_id}"
