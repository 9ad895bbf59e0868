"""Carts: what customers want, before they buy it."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from uuid import UUID

from django.db import connection
from django.db.models import F
from pydantic import ValidationError

from extracted.contracts.catalog import Catalog, Quote
from extracted.contracts.orders import (
    Cart,
    CartChanged,
    OrderItem,
    PricedCart,
    PricedLine,
    SetCartLine,
)
from extracted.contracts.problems import FieldError, ProblemError, invalid_input
from extracted.contracts.values import Money
from monolith.catalog.seam import CATALOG
from monolith.customers import seam as customers
from monolith.orders import models
from monolith.orders.notes import write
from monolith.outbox.clock import ClockTimestamp
from monolith.outbox.once import Answer, Attempt
from monolith.outbox.record import Record

MOST_LINES = 50


def set_line(
    customer_id: UUID,
    product_id: UUID,
    command: SetCartLine,
    *,
    attempt: Attempt,
    catalog: Catalog = CATALOG,
) -> Answer:
    """Want so many of a product, whatever was wanted before; raises ProblemError or NotOwner."""

    def admit() -> None:
        if product_id not in catalog.get_quotes(product_ids=[product_id]):
            raise ProblemError("product-not-found")

    def change() -> None:
        _put_line(customer_id, OrderItem(product_id=product_id, quantity=command.quantity))
        if models.CartLine.objects.filter(cart_id=customer_id).count() > MOST_LINES:
            detail = f"a cart has at most {MOST_LINES} lines"
            raise invalid_input([FieldError(field="lines", detail=detail)])

    return _change(customer_id, change, attempt=attempt, admit=admit)


def remove_line(customer_id: UUID, product_id: UUID, *, attempt: Attempt) -> Answer:
    """Want a product no more, wanted or not; raises ProblemError or NotOwner."""
    wanted = models.CartLine.objects.filter(cart_id=customer_id, product_id=product_id)
    return _change(customer_id, wanted.delete, attempt=attempt)


def empty(customer_id: UUID, *, attempt: Attempt) -> Answer:
    """Want nothing; raises ProblemError or NotOwner."""
    wanted = models.CartLine.objects.filter(cart_id=customer_id)
    return _change(customer_id, wanted.delete, attempt=attempt)


def get(customer_id: UUID) -> Cart:
    """Return a customer's cart, empty until it is filled."""
    # One question, so that the version is that of these lines.
    rows = models.Cart.objects.filter(pk=customer_id).order_by("lines__position", "lines__id")
    found = list(rows.values_list("version", "lines__product_id", "lines__quantity"))
    return Cart(
        customer_id=customer_id,
        lines=tuple(
            OrderItem.model_construct(product_id=product_id, quantity=quantity)
            for _, product_id, quantity in found
            if product_id is not None
        ),
        version=found[0][0] if found else 0,
    )


def show(customer_id: UUID, *, catalog: Catalog = CATALOG) -> PricedCart:
    """Return a customer's cart at today's prices; raises ProblemError."""
    _require_known(customer_id)
    cart = get(customer_id)
    quotes = catalog.get_quotes(product_ids=[line.product_id for line in cart.lines])
    lines = tuple(_priced(line, quotes) for line in cart.lines)
    return PricedCart(
        customer_id=customer_id, lines=lines, total=_total(lines), version=cart.version
    )


def lock(customer_id: UUID) -> None:
    """Make the cart if there is none, and hold it until the transaction ends."""
    models.Cart.objects.bulk_create([models.Cart(customer_id=customer_id)], ignore_conflicts=True)
    # The cart and not its lines: two writers of different lines must count the same lines.
    models.Cart.objects.select_for_update().get(pk=customer_id)


def touch(customer_id: UUID, *, record: Record) -> None:
    """Give a locked cart its next version, and tell."""
    models.Cart.objects.filter(pk=customer_id).update(
        version=F("version") + 1, updated_at=ClockTimestamp()
    )
    record.with_rows(
        "cart_changed",
        aggregate_id=customer_id,
        payload=CartChanged(customer_id=customer_id),
        rows={"cart": [customer_id]},
    )


def give_back(customer_id: UUID, lines: Sequence[OrderItem], *, record: Record) -> None:
    """Put lines back that could not be bought, next to what is wanted by now."""
    lock(customer_id)
    wanted = models.CartLine.objects.filter(cart_id=customer_id)
    known = set(wanted.values_list("product_id", flat=True))
    for line in lines:
        if line.product_id not in known:
            _put_line(customer_id, line)
    touch(customer_id, record=record)


def _put_line(customer_id: UUID, line: OrderItem) -> None:
    # The cart is locked: nobody else takes the same place.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_cartline (cart_id, product_id, quantity, position) "
            "SELECT %(cart)s, %(product)s, %(quantity)s, coalesce(max(position), 0) + 1 "
            "FROM orders_cartline WHERE cart_id = %(cart)s "
            "ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = excluded.quantity",
            {"cart": customer_id, "product": line.product_id, "quantity": line.quantity},
        )


def _change(
    customer_id: UUID,
    change: Callable[[], object],
    *,
    attempt: Attempt,
    admit: Callable[[], None] = lambda: None,
) -> Answer:
    def admit_customer() -> None:
        admit()
        _require_known(customer_id)

    def work(record: Record) -> Answer:
        lock(customer_id)
        change()
        touch(customer_id, record=record)
        cart = get(customer_id)
        return Answer(
            status=HTTPStatus.OK, aggregate_id=customer_id, version=cart.version, value=cart
        )

    return write(work, attempt=attempt, shape=Cart, admit=admit_customer)


def _require_known(customer_id: UUID) -> None:
    if not customers.is_known(customer_id):
        raise ProblemError("customer-not-found")


def _priced(line: OrderItem, quotes: Mapping[UUID, Quote]) -> PricedLine:
    quote = quotes.get(line.product_id)
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
