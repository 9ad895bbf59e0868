"""The HTTP face of carts and checkouts."""

from functools import partial
from uuid import UUID

from extracted.chassis.messages import Response
from extracted.chassis.requests import Write, answered, command_of, once, prepared, shown
from extracted.chassis.writes import Command
from extracted.contracts.http import parse_body, parse_id
from extracted.contracts.orders import (
    DOMAIN,
    Cart,
    CheckOut,
    Checkout,
    Order,
    OrderItem,
    SetCartLine,
)
from extracted.contracts.problems import ProblemError
from extracted.orders import carts, checkout, reading
from extracted.orders.desk import Desk

CART = "/api/v1/carts/<customer_id>"
CART_LINE = f"{CART}/lines/<product_id>"
CHECK_OUT = f"{CART}/checkout"
CHECKOUT = "/api/v1/checkouts/<checkout_id>"


def show_cart(desk: Desk, customer_id: str) -> Response:
    """Answer GET /api/v1/carts/<customer>."""
    buyer = _buyer(desk, customer_id)
    desk.customer(buyer, otherwise="customer-not-found")
    cart = carts.get(desk.database, buyer)
    return shown(carts.priced(cart, desk.quotes_of(cart)))


def set_line(desk: Desk, customer_id: str, product_id: str) -> Write:
    """Check PUT /api/v1/carts/<customer>/lines/<product>; return the write."""
    buyer = _buyer(desk, customer_id)
    command = command_of(desk.request, domain=DOMAIN, has_body=True)
    asked = parse_body(SetCartLine, desk.request.raw_body)
    product = parse_id(product_id, kind="product")
    line = OrderItem(product_id=product, quantity=asked.quantity)

    def write() -> Response:
        # Before the transaction: never wait for another process while holding locks.
        if product not in desk.quotes((line,)):
            raise ProblemError("product-not-found")
        desk.customer(buyer, otherwise="customer-not-found")
        return _prepared(desk, command, partial(carts.set_line, customer_id=buyer, line=line))

    return partial(once, desk.database, command, write, shape=Cart)


def remove_line(desk: Desk, customer_id: str, product_id: str) -> Write:
    """Check DELETE /api/v1/carts/<customer>/lines/<product>; return the write."""
    buyer = _buyer(desk, customer_id)
    command = command_of(desk.request, domain=DOMAIN, has_body=False)
    product = parse_id(product_id, kind="product")
    execute = partial(carts.remove_line, customer_id=buyer, product_id=product)
    return _for_customer(desk, buyer, command, execute)


def empty_cart(desk: Desk, customer_id: str) -> Write:
    """Check DELETE /api/v1/carts/<customer>; return the write."""
    buyer = _buyer(desk, customer_id)
    command = command_of(desk.request, domain=DOMAIN, has_body=False)
    return _for_customer(desk, buyer, command, partial(carts.empty, customer_id=buyer))


def check_out(desk: Desk, customer_id: str) -> Write:
    """Check POST /api/v1/carts/<customer>/checkout; return the write."""
    buyer = _buyer(desk, customer_id)
    command = command_of(desk.request, domain=DOMAIN, has_body=True)
    asked = parse_body(CheckOut, desk.request.raw_body)

    def write() -> Response:
        answer = checkout.check_out(
            desk.saga,
            buyer,
            asked,
            command=command,
            # Asked of what is bought now only: the same key, sent again, needs nobody else.
            admit=lambda: desk.customer(buyer, otherwise="customer-not-found"),
            learn=lambda: desk.contact(buyer),
            quotes=desk.quotes_of,
        )
        kind, shape = ("checkouts", Checkout) if answer.status == 202 else ("orders", Order)
        location = f"/api/v1/{kind}/{answer.aggregate_id}"
        return answered(answer, shape=shape, headers={"Location": location}, location=None)

    return write


def show_checkout(desk: Desk, checkout_id: str) -> Response:
    """Answer GET /api/v1/checkouts/<id>."""
    found = reading.a_checkout(desk.database, parse_id(checkout_id, kind="checkout"))
    desk.caller.check_owner(found.customer_id, otherwise="checkout-not-found")
    return shown(found)


def _buyer(desk: Desk, customer_id: str) -> UUID:
    # What lies below a customer's path is that customer's.
    buyer = parse_id(customer_id, kind="customer")
    desk.caller.check_owner(buyer, otherwise="customer-not-found")
    return buyer


def _for_customer(desk: Desk, buyer: UUID, command: Command, execute: carts.Change) -> Write:
    def write() -> Response:
        desk.customer(buyer, otherwise="customer-not-found")
        return _prepared(desk, command, execute)

    return partial(once, desk.database, command, write, shape=Cart)


def _prepared(desk: Desk, command: Command, execute: carts.Change) -> Response:
    return prepared(desk.database, command, execute, shape=Cart)()
