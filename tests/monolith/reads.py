"""Every read of the described API: what it needs to be asked, and how many questions it may cost."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from extracted.contracts.values import Money
from monolith.payments.seam import PAYMENTS
from tests.monolith import factories as make

API = "/api/v1"
ALL_DAYS = "since=2015-01-01&until=2100-01-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """`fill` writes as many rows as it is told, and returns the path that shows them all."""

    fill: Callable[[int], str]
    queries: int
    # A detail shows one thing, however many rows there are elsewhere.
    lists: str = ""


def _products(count: int) -> str:
    make.ProductFactory.create_batch(count)
    return "/products"


def _product(_: int) -> str:
    return f"/products/{make.ProductFactory().id}"


def _categories(count: int) -> str:
    make.CategoryFactory.create_batch(count)
    return "/categories"


def _customers(count: int) -> str:
    make.CustomerFactory.create_batch(count)
    return "/customers"


def _customer(_: int) -> str:
    return f"/customers/{make.CustomerFactory().id}"


def _addresses(count: int) -> str:
    customer = make.CustomerFactory()
    make.AddressFactory.create_batch(count, customer=customer)
    return f"/customers/{customer.id}/addresses"


def _warehouses(count: int) -> str:
    make.WarehouseFactory.create_batch(count)
    return "/warehouses"


def _stock(count: int) -> str:
    product_id = uuid7()
    make.StockFactory.create_batch(count, product_id=product_id)
    return f"/stock/{product_id}"


def _adjustments(count: int) -> str:
    product_id = uuid7()
    make.AdjustmentFactory.create_batch(count, product_id=product_id)
    return f"/stock/{product_id}/adjustments"


def _cart(count: int) -> str:
    customer, cart = make.CustomerFactory(), None
    for product in make.ProductFactory.create_batch(count):
        cart = cart or make.CartFactory(customer_id=customer.id)
        make.CartLineFactory(cart=cart, product_id=product.id)
    return f"/carts/{customer.id}"


def _checkout(_: int) -> str:
    return f"/checkouts/{make.CheckoutFactory().id}"


def _orders(count: int) -> str:
    customer = make.CustomerFactory()
    make.OrderFactory.create_batch(count, customer_id=customer.id)
    return f"/orders?customer_id={customer.id}"


def _order(count: int) -> str:
    order = make.OrderFactory(line=None)
    make.OrderLineFactory.create_batch(count, order=order)
    return f"/orders/{order.id}"


def _mails(count: int) -> str:
    order = make.OrderFactory()
    make.MailFactory.create_batch(count, order_id=order.id)
    return f"/orders/{order.id}/mails"


def _payments(count: int) -> str:
    order_id: UUID = make.OrderFactory().id
    for _ in range(count):
        PAYMENTS.authorize(
            payment_id=uuid7(),
            order_id=order_id,
            amount=Money(amount=4900, currency="EUR"),
            card_token="tok_approve",
        )
    return f"/orders/{order_id}/payments"


def _sales(count: int) -> str:
    for customer in make.CustomerFactory.create_batch(count):
        order = make.OrderFactory(customer_id=customer.id, line=None)
        make.OrderLineFactory(order=order, product_id=make.ProductFactory().id)
    return f"/reports/sales?{ALL_DAYS}&limit=100"


READS = {
    f"{API}/products": Read(fill=_products, queries=1, lists="items"),
    f"{API}/products/{{product_id}}": Read(fill=_product, queries=1),
    f"{API}/categories": Read(fill=_categories, queries=1, lists="items"),
    f"{API}/customers": Read(fill=_customers, queries=1, lists="items"),
    f"{API}/customers/{{customer_id}}": Read(fill=_customer, queries=1),
    f"{API}/customers/{{customer_id}}/addresses": Read(fill=_addresses, queries=1, lists="items"),
    f"{API}/warehouses": Read(fill=_warehouses, queries=1, lists="items"),
    f"{API}/stock/{{product_id}}": Read(fill=_stock, queries=1, lists="levels"),
    f"{API}/stock/{{product_id}}/adjustments": Read(fill=_adjustments, queries=1, lists="items"),
    # Is there such a customer, what do they want, what does it cost.
    f"{API}/carts/{{customer_id}}": Read(fill=_cart, queries=3, lists="lines"),
    f"{API}/checkouts/{{checkout_id}}": Read(fill=_checkout, queries=1),
    # Each with their lines: whoever shows an order shows those.
    f"{API}/orders": Read(fill=_orders, queries=2, lists="items"),
    f"{API}/orders/{{order_id}}": Read(fill=_order, queries=2, lists="lines"),
    # Whose is the order?
    f"{API}/orders/{{order_id}}/mails": Read(fill=_mails, queries=2, lists="items"),
    f"{API}/orders/{{order_id}}/payments": Read(fill=_payments, queries=2, lists="items"),
    # Three sums, and the names of what is shown.
    f"{API}/reports/sales": Read(fill=_sales, queries=5, lists="products"),
}

# Where the same path costs more, because the answer is not in the first question.
DEARER = {
    "a branch of the tree": Read(
        fill=lambda _: f"/products?category={make.ProductFactory().category.slug}", queries=2
    ),
    "what is spelt wrong": Read(
        fill=lambda _: f"/products?search=redaing&min_price={make.ProductFactory().price_amount}",
        queries=2,
    ),
    "a product that was never in stock": Read(
        fill=lambda _: f"/stock/{make.ProductFactory().id}", queries=2
    ),
    "a product that was never adjusted": Read(
        fill=lambda _: f"/stock/{make.ProductFactory().id}/adjustments", queries=2
    ),
    "a customer without an address": Read(
        fill=lambda _: f"/customers/{make.CustomerFactory().id}/addresses", queries=2
    ),
}
