"""The HTTP face of orders."""

from http import HTTPStatus
from typing import ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts import orders as language
from extracted.contracts.http import parse_id, parse_query
from extracted.contracts.identity import SIGNED_IN
from extracted.contracts.orders import OrderQuery, PlaceOrder
from monolith.orders import actions, selectors
from monolith.orders.forward import settle
from monolith.orders.watched import OWN, Watched
from monolith.seams.writes import read_write, respond
from monolith.web.access import Table, check_owner
from monolith.web.described import described
from monolith.web.view import ok, plain


class Orders(Watched):
    """What was bought."""

    access: ClassVar[Table] = {"GET": SIGNED_IN, "POST": SIGNED_IN}

    @described("list_orders", query=OrderQuery, answers=language.OrderPage, problems=("forbidden",))
    def get(self, request: Request) -> Response:
        """List a customer's orders, newest first."""
        query = parse_query(OrderQuery, dict(request.GET.lists()))
        check_owner(request, query.customer_id)
        return ok(
            selectors.list_orders(
                customer_id=query.customer_id, limit=query.limit, after=query.cursor
            )
        )

    @described(
        "place_order",
        writes=True,
        body=PlaceOrder,
        answers=language.Order,
        status=HTTPStatus.CREATED,
        headers={"Location": "Where the order is.", **OWN},
        problems=("unknown-product", "unknown-customer", "forbidden"),
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Place an order."""
        write, command = read_write(plain(request), PlaceOrder)
        check_owner(request, command.customer_id)

        def local() -> Response:
            answer = actions.place_order(command, attempt=write.attempt)
            return respond(answer, headers={"Location": f"/api/v1/orders/{answer.aggregate_id}"})

        return settle(write, local=local)


class Order(Watched):
    """One order."""

    access: ClassVar[Table] = {"GET": SIGNED_IN}

    @described("get_order", answers=language.Order, problems=("order-not-found",))
    def get(self, request: Request, order_id: str) -> Response:
        """Show an order."""
        order = selectors.get_order(parse_id(order_id, kind="order"))
        check_owner(request, order.customer_id, otherwise="order-not-found")
        return ok(order)
