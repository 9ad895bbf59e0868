"""Rows as a test needs them, written as the domain's own code writes: through its door.

A customer has no fence; every other domain's rows are refused outside of its write transaction.
What must balance, as a payment and its booking, is not made here: ask the domain for it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory
from uuid_utils.compat import uuid4, uuid7

from monolith.catalog.models import Category, Product
from monolith.customers.models import Address, Customer
from monolith.inventory.models import Adjustment, Stock, Warehouse
from monolith.notifications.models import Mail
from monolith.orders.models import Cart, CartLine, Checkout, Order, OrderLine
from monolith.outbox.record import recorded


class OwnedFactory(DjangoModelFactory):
    """Writes a row of the domain whose app has the model."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **values: Any) -> Any:
        with recorded(model_class._meta.app_label):
            return super()._create(model_class, *args, **values)


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    id = factory.LazyFunction(uuid7)
    email = factory.Sequence("ada-{}@example.com".format)
    name = "Ada"


class AddressFactory(DjangoModelFactory):
    class Meta:
        model = Address

    id = factory.LazyFunction(uuid7)
    customer = factory.SubFactory(CustomerFactory)
    recipient = "Ada"
    street = "1 Harbor Road"
    postal_code = "1011"
    city = "Amsterdam"
    country = "NL"


class CategoryFactory(OwnedFactory):
    class Meta:
        model = Category

    id = factory.LazyFunction(uuid7)
    slug = factory.Sequence("lamps-{}".format)
    name = factory.LazyAttribute(lambda row: row.slug.title())


class ProductFactory(OwnedFactory):
    class Meta:
        model = Product

    id = factory.LazyFunction(uuid7)
    sku = factory.Sequence("L-{}".format)
    name = "Reading lamp"
    description = "Bright and quiet."
    category = factory.SubFactory(CategoryFactory)
    price_amount = 4900
    price_currency = "EUR"


class WarehouseFactory(OwnedFactory):
    class Meta:
        model = Warehouse

    id = factory.LazyFunction(uuid7)
    slug = factory.Sequence("north-{}".format)
    name = factory.LazyAttribute(lambda row: row.slug.title())


class StockFactory(OwnedFactory):
    class Meta:
        model = Stock

    id = factory.LazyFunction(uuid7)
    product_id = factory.LazyFunction(uuid7)
    warehouse = factory.SubFactory(WarehouseFactory)
    on_hand = 5


class AdjustmentFactory(OwnedFactory):
    class Meta:
        model = Adjustment

    id = factory.LazyFunction(uuid7)
    product_id = factory.LazyFunction(uuid7)
    warehouse = factory.SubFactory(WarehouseFactory)
    change = 5
    reason = "received"
    on_hand = 5


class OrderFactory(OwnedFactory):
    class Meta:
        model = Order
        skip_postgeneration_save = True

    id = factory.LazyFunction(uuid7)
    customer_id = factory.LazyFunction(uuid7)
    status = "placed"
    total_amount = 4900
    total_currency = "EUR"
    line = factory.RelatedFactory(
        "tests.monolith.factories.OrderLineFactory", factory_related_name="order"
    )


class OrderLineFactory(OwnedFactory):
    class Meta:
        model = OrderLine

    order = factory.SubFactory(OrderFactory, line=None)
    position = factory.Sequence(int)
    product_id = factory.LazyFunction(uuid7)
    name = "Reading lamp"
    quantity = 1
    unit_amount = 4900
    unit_currency = "EUR"


class CartFactory(OwnedFactory):
    class Meta:
        model = Cart

    customer_id = factory.LazyFunction(uuid7)


class CartLineFactory(OwnedFactory):
    class Meta:
        model = CartLine

    cart = factory.SubFactory(CartFactory)
    product_id = factory.LazyFunction(uuid7)
    quantity = 1


class CheckoutFactory(OwnedFactory):
    """A purchase nobody works on until tomorrow."""

    class Meta:
        model = Checkout

    id = factory.LazyFunction(uuid7)
    key = factory.LazyFunction(uuid4)
    order_id = factory.LazyFunction(uuid7)
    payment_id = factory.LazyFunction(uuid7)
    reservation_id = factory.LazyFunction(uuid7)
    customer_id = factory.LazyFunction(uuid7)
    step = "begun"
    leased_until = factory.LazyFunction(lambda: datetime.now(UTC) + timedelta(days=1))
    lines = factory.LazyFunction(list)
    total_amount = 4900
    total_currency = "EUR"


class MailFactory(OwnedFactory):
    class Meta:
        model = Mail

    id = factory.LazyFunction(uuid7)
    order_id = factory.LazyFunction(uuid7)
    customer_id = factory.LazyFunction(uuid7)
    status = factory.Sequence("status-{}".format)
    order = factory.LazyFunction(dict)
