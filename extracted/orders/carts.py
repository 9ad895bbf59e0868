"""Carts: what customers want, before they buy it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import ValidationError

from extracted.chassis.database import Connection, Database, one
from extracted.chassis.owned import Owned
from extracted.chassis.writes import Effect
from extracted.contracts.catalog import Quote
from extracted.contracts.orders import Cart, CartChanged, OrderItem, PricedCart, PricedLine
from extracted.contracts.problems import FieldError, invalid_input
from extracted.contracts.values import Money

MOST_LINES = 50
Lines = list[dict[str, Any]]
Change = Callable[[Connection], Effect]
_GET = "SELECT version, lines FROM orders.cart WHERE customer_id = %s"
_MAKE = "INSERT INTO orders.cart (customer_id) VALUES (%s) ON CONFLICT DO NOTHING"
_PUT = (
    "UPDATE orders.cart SET lines = %s, version = version + 1, updated_at = clock_timestamp() "
    "WHERE customer_id = %s RETURNING version"
)


def get(database: Database, customer_id: UUID) -> Cart:
    """Return a customer's cart, empty until it is filled."""
    rows = database.read(_GET, (customer_id,))
    version, lines = rows[0] if rows else (0, [])
    return _value(customer_id, version=version, lines=lines)


def locked(connection: Connection, customer_id: UUID) -> Cart:
    """Make the cart if there is none, and hold it until the transaction ends."""
    connection.execute(_MAKE, (customer_id,))
    version, lines = one(connection.execute(f"{_GET} FOR UPDATE", (customer_id,)))
    return _value(customer_id, version=version, lines=lines)


def put(owned: Owned, customer_id: UUID, items: Iterable[OrderItem]) -> None:
    """Give a locked cart its next version, and tell."""
    _put(owned.connection, customer_id, items)
    owned.say(
        "cart_changed",
        aggregate_id=customer_id,
        payload=CartChanged(customer_id=customer_id),
        rows={"cart": [customer_id]},
    )


def give_back(owned: Owned, customer_id: UUID, lines: Sequence[OrderItem]) -> None:
    """Put lines back that could not be bought, next to what is wanted by now."""
    cart = locked(owned.connection, customer_id)
    known = {line.product_id for line in cart.lines}
    missing = [line for line in lines if line.product_id not in known]
    put(owned, customer_id, (*cart.lines, *missing))


def set_line(connection: Connection, *, customer_id: UUID, line: OrderItem) -> Effect:
    """Want so many of a product, whatever was wanted before; raises ProblemError."""

    def change(items: Sequence[OrderItem]) -> Sequence[OrderItem]:
        wanted = {item.product_id: item for item in items} | {line.product_id: line}
        if len(wanted) > MOST_LINES:
            detail = f"a cart has at most {MOST_LINES} lines"
            raise invalid_input([FieldError(field="lines", detail=detail)])
        return tuple(wanted.values())

    return _changed(connection, customer_id, change)


def remove_line(connection: Connection, *, customer_id: UUID, product_id: UUID) -> Effect:
    """Want a product no more, wanted or not."""
    return _changed(
        connection,
        customer_id,
        lambda items: [item for item in items if item.product_id != product_id],
    )


def empty(connection: Connection, *, customer_id: UUID) -> Effect:
    """Want nothing."""
    return _changed(connection, customer_id, lambda _: ())


def priced(cart: Cart, quotes: Mapping[UUID, Quote]) -> PricedCart:
    """Show a cart at today's prices."""
    lines = tuple(_priced(line, quotes.get(line.product_id)) for line in cart.lines)
    return PricedCart(
        customer_id=cart.customer_id, lines=lines, total=_total(lines), version=cart.version
    )


def _changed(
    connection: Connection,
    customer_id: UUID,
    change: Callable[[Sequence[OrderItem]], Iterable[OrderItem]],
) -> Effect:
    items = change(locked(connection, customer_id).lines)
    cart = _put(connection, customer_id, items)
    return Effect(
        aggregate_id=customer_id,
        version=cart.version,
        status=200,
        event="cart_changed",
        payload=CartChanged(customer_id=customer_id),
        changed={"cart": [customer_id]},
        response=cart.model_dump(mode="json"),
    )


def _put(connection: Connection, customer_id: UUID, items: Iterable[OrderItem]) -> Cart:
    lines = [
        {"position": position, "product_id": str(item.product_id), "quantity": item.quantity}
        for position, item in enumerate(items, start=1)
    ]
    version = one(connection.execute(_PUT, (Jsonb(lines), customer_id)))[0]
    return _value(customer_id, version=version, lines=lines)


def _value(customer_id: UUID, *, version: int, lines: Lines) -> Cart:
    ordered = sorted(lines, key=lambda line: int(line["position"]))
    return Cart(
        customer_id=customer_id,
        lines=tuple(
            OrderItem(product_id=line["product_id"], quantity=line["quantity"]) for line in ordered
        ),
        version=version,
    )


def _priced(line: OrderItem, quote: Quote | None) -> PricedLine:
    return PricedLine(
        product_id=line.product_id,
        quantity=line.quantity,
        name=quote.name if quote else None,
        unit_price=quote.price if quote else None,
    )


def _total(lines: Sequence[PricedLine]) -> Money | None:
    prices = [line.unit_price for line in lines if line.unit_price]
    currencies = {price.currency for price in prices}
    if len(prices) < len(lines) or len(currencies) != 1:
        return None
    amount = sum(line.unit_price.amount * line.quantity for line in lines if line.unit_price)
    try:
        return Money(amount=amount, currency=currencies.pop())
    except ValidationError:
        return None
