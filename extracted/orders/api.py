"""The HTTP face of orders."""

from functools import partial
from typing import Any

from extracted.chassis.messages import Response
from extracted.chassis.requests import Write, answered, command_of, once, prepared, shown
from extracted.contracts.http import parse_body, parse_id, parse_query
from extracted.contracts.orders import (
    DOMAIN,
    Order,
    OrderQuery,
    PlaceOrder,
    Refund,
    RefundOrder,
)
from extracted.orders import placing, pricing, reading, refunds, transitions
from extracted.orders.desk import Desk
from extracted.orders.domain import Status

ORDERS = "/api/v1/orders"
ORDER = f"{ORDERS}/<order_id>"


def list_orders(desk: Desk) -> Response:
    """Answer GET /api/v1/orders."""
    query = parse_query(OrderQuery, desk.request.query)
    desk.caller.check_owner(query.customer_id)
    return shown(reading.orders_of(desk.database, query))


def show_order(desk: Desk, order_id: str) -> Response:
    """Answer GET /api/v1/orders/<id>."""
    found = reading.order(desk.database, parse_id(order_id, kind="order"))
    desk.caller.check_owner(found.customer_id, otherwise="order-not-found")
    return shown(found)


def place_order(desk: Desk) -> Write:
    """Check POST /api/v1/orders; return the write."""
    command = command_of(desk.request, domain=DOMAIN, has_body=True)
    asked = parse_body(PlaceOrder, desk.request.raw_body)
    said: Any = {"shape": Order, "location": ORDERS}
    desk.caller.check_owner(asked.customer_id)

    def write() -> Response:
        # Before the transaction: never wait for another process while holding locks.
        customer = desk.customer(asked.customer_id, otherwise="unknown-customer")
        lines = pricing.quoted(asked.lines, quotes=desk.quotes(asked.lines))
        execute = partial(placing.place, command=asked, lines=lines, customer=customer)
        return prepared(desk.database, command, execute, **said)()

    return lambda: once(desk.database, command, write, **said)


def change_order(desk: Desk, order_id: str, wanted: Status, *, is_for_buyers: bool) -> Write:
    """Check POST /api/v1/orders/<id>/<what>; return the write."""
    command = command_of(desk.request, domain=DOMAIN, has_body=False)
    known = parse_id(order_id, kind="order")

    def write() -> Response:
        owner = reading.owner_of(desk.database, known)
        if is_for_buyers:
            desk.caller.check_owner(owner, otherwise="order-not-found")
        execute = partial(
            transitions.change,
            order_id=known,
            wanted=wanted,
            customer=desk.contact(owner),
        )
        return prepared(desk.database, command, execute, shape=Order)()

    return write


def refund_order(desk: Desk, order_id: str) -> Write:
    """Check POST /api/v1/orders/<id>/refund; return the write."""
    command = command_of(desk.request, domain=DOMAIN, has_body=True)
    asked = parse_body(RefundOrder, desk.request.raw_body)
    known = parse_id(order_id, kind="order")

    def write() -> Response:
        owner = reading.owner_of(desk.database, known)
        desk.caller.check_owner(owner, otherwise="order-not-found")
        # It is remembered, and read again when the money is back.
        desk.contact(owner)
        answer = refunds.refund_order(desk.saga, known, asked, command=command)
        shape = Refund if answer.status == 202 else Order
        return answered(answer, shape=shape, headers={}, location=None)

    return write
