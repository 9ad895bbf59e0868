"""The tables of inventory; products are named by id only, they belong to catalog."""

from typing import ClassVar

from django.db import models

from monolith.outbox.clock import ClockTimestamp
from monolith.outbox.models import OwnedCommandRecord


class Warehouse(models.Model):
    """A place where goods are kept; they are taken from the lowest `position` first."""

    id = models.UUIDField(primary_key=True)
    slug = models.CharField(max_length=100, db_collation="C")
    name = models.CharField(max_length=200)
    position = models.SmallIntegerField(default=1)
    version = models.BigIntegerField(default=1)
    updated_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug"], name="inventory_warehouse_slug_unique")
        ]
        indexes: ClassVar = [
            models.Index(fields=["updated_at"], name="inventory_warehouse_updated")
        ]

    def __str__(self) -> str:
        return self.slug


class Stock(models.Model):
    """What one warehouse has of a product; the constraints hold whatever the code believes."""

    id = models.UUIDField(primary_key=True)
    product_id = models.UUIDField()
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=1)
    updated_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product_id", "warehouse"], name="inventory_stock_place_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0), name="inventory_stock_reserved_not_negative"
            ),
            # With the one above: what is on hand is not negative either.
            models.CheckConstraint(
                condition=models.Q(on_hand__gte=models.F("reserved")),
                name="inventory_stock_reserved_on_hand",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["updated_at"], name="inventory_stock_updated")]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.on_hand} on hand, {self.reserved} reserved"


class Reservation(models.Model):
    """Goods kept for somebody. Its id is given by who asks, and makes asking twice harmless."""

    id = models.UUIDField(primary_key=True)
    status = models.CharField(max_length=20)
    expires_at = models.DateTimeField()
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    updated_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=["held", "confirmed", "released", "expired"]),
                name="inventory_reservation_status_known",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(status="held"),
                name="inventory_reservation_held",
            ),
            models.Index(fields=["updated_at"], name="inventory_reservation_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.status})"


class ReservationLine(models.Model):
    """So many from one row of stock; a product of a reservation may come from several."""

    id = models.BigAutoField(primary_key=True)
    reservation = models.ForeignKey(
        Reservation, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    position = models.SmallIntegerField()
    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reservation", "position"],
                name="inventory_reservationline_position_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0),
                name="inventory_reservationline_quantity_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.stock_id}"


class Adjustment(models.Model):
    """Why a warehouse has more or less than before; written once, never changed."""

    id = models.UUIDField(primary_key=True)
    product_id = models.UUIDField()
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    change = models.BigIntegerField()
    reason = models.CharField(max_length=20)
    note = models.CharField(max_length=200, blank=True)
    on_hand = models.BigIntegerField()
    adjusted_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(change=0), name="inventory_adjustment_changes_something"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["product_id", "id"], name="inventory_adjustment_product"),
            models.Index(fields=["adjusted_at"], name="inventory_adjustment_at"),
        ]

    def __str__(self) -> str:
        return f"{self.change:+} of {self.product_id} ({self.reason})"


class Command(OwnedCommandRecord):
    """The idempotency records of inventory."""

    class Meta(OwnedCommandRecord.Meta):
        indexes: ClassVar = [
            models.Index(fields=["recorded_at"], name="inventory_command_recorded")
        ]
