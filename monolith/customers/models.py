"""The tables of customers."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower

from monolith.outbox.clock import ClockTimestamp
from monolith.outbox.models import CommandRecord


class Customer(models.Model):
    """Somebody who buys."""

    id = models.UUIDField(primary_key=True)
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="customers_customer_email_unique")
        ]

    def __str__(self) -> str:
        return self.email


class Command(CommandRecord):
    """The idempotency records of customers."""
