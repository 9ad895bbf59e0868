"""The tables of orders.

Products and customers are named by id only: a foreign key into another domain's tables could not
survive the day that domain leaves.
"""

from typing import ClassVar, Self

from django.db import models

from monolith.outbox.clock import ClockTimestamp
from monolith.outbox.models import OwnedCommandRecord


class Order(models.Model):
    """What a customer bought in one go."""

    id = models.UUIDField(primary_key=True)
    customer_id = models.UUIDField()
    client_reference = models.CharField(max_length=64, null=True)  # noqa: DJ001 - absent is not empty
    status = models.CharField(max_length=20)
    total_amount = models.BigIntegerField()
    total_currency = models.CharField(max_length=3)
    version = models.BigIntegerField(default=1)
    placed_at = models.DateTimeField(db_default=ClockTimestamp())
    updated_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(total_amount__gte=0), name="orders_order_total_not_negative"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer_id", "id"], name="orders_order_by_customer"),
            models.Index(fields=["client_reference"], name="orders_order_by_reference"),
            models.Index(fields=["updated_at"], name="orders_order_updated"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class OrderLine(models.Model):
    """One product of an order, with the name and the price as bought."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.SmallIntegerField()
    product_id = models.UUIDField()
    name = models.CharField(max_length=200)
    quantity = models.IntegerField()
    unit_amount = models.BigIntegerField()
    unit_currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "position"], name="orders_orderline_position_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="orders_orderline_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.name}"


class Command(OwnedCommandRecord):
    """The idempotency records of orders."""

    class Meta(OwnedCommandRecord.Meta):
        indexes: ClassVar = [models.Index(fields=["recorded_at"], name="orders_command_recorded")]


class Cart(models.Model):
    """What a customer wants to buy; there is one per customer, made when it is first filled."""

    customer_id = models.UUIDField(primary_key=True)
    version = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["updated_at"], name="orders_cart_updated")]

    def __str__(self) -> str:
        return str(self.customer_id)


class CartLine(models.Model):
    """One product of a cart; its price is asked for when the cart is shown or bought."""

    id = models.BigAutoField(primary_key=True)
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines", db_index=False)
    product_id = models.UUIDField()
    quantity = models.IntegerField()
    # In the order in which they were wanted; ids would be others on the other side.
    position = models.BigIntegerField(db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cart", "product_id"], name="orders_cartline_product_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="orders_cartline_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_id}"


class Undertaking(models.Model):
    """A write that takes several transactions: where it stands, so that it survives a crash."""

    id = models.UUIDField(primary_key=True)
    key = models.UUIDField(unique=True)
    request_hash = models.TextField()
    order_id = models.UUIDField()
    payment_id = models.UUIDField()
    reservation_id = models.UUIDField()
    step = models.CharField(max_length=20)
    problem_kind = models.CharField(max_length=60, blank=True)
    problem_detail = models.TextField(blank=True)
    # Until then somebody works on it; later anybody may take over.
    leased_until = models.DateTimeField()
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    updated_at = models.DateTimeField(db_default=ClockTimestamp())

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.step} {self.id}"


class Checkout(Undertaking):
    """A purchase on its way."""

    order_id = models.UUIDField(unique=True)
    customer_id = models.UUIDField()
    client_reference = models.CharField(max_length=64, null=True)  # noqa: DJ001 - absent is not empty
    card_token = models.CharField(max_length=100, blank=True)
    # As quoted when it began: what the customer agreed to pay.
    lines = models.JSONField()
    total_amount = models.BigIntegerField()
    total_currency = models.CharField(max_length=3)

    class Meta(Undertaking.Meta):
        indexes: ClassVar = [
            models.Index(
                fields=["leased_until"],
                condition=~models.Q(step__in=["done", "failed"]),
                name="orders_checkout_open",
            ),
            models.Index(fields=["updated_at"], name="orders_checkout_updated"),
        ]


class Refund(Undertaking):
    """Money on its way back to a customer."""

    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200, blank=True)
    # What did not leave the house goes back to the shelf.
    restocks = models.BooleanField()

    class Meta(Undertaking.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order_id"],
                condition=~models.Q(step="failed"),
                name="orders_refund_order_unique",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["leased_until"],
                condition=~models.Q(step__in=["done", "failed"]),
                name="orders_refund_open",
            ),
            models.Index(fields=["updated_at"], name="orders_refund_updated"),
        ]
