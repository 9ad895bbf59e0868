"""The tables of customers."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from monolith.customers.clock import ClockTimestamp
from monolith.customers.records import CommandRecord


class Customer(models.Model):
    """Somebody who buys; `roles` are what somebody may beyond that."""

    id = models.UUIDField(primary_key=True)
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=200)
    password = models.TextField(null=True)  # noqa: DJ001 - none is not an empty one
    roles = ArrayField(models.CharField(max_length=20), default=list, db_default=[])
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="customers_customer_email_unique"),
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=["merchant", "staff"]),
                name="customers_customer_roles_known",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @classmethod
    def of_address(cls, email: str) -> models.QuerySet["Customer"]:
        """Whose address this is, by the rule that keeps addresses apart, and by its index.

        Not `iexact`: that compares capitals, and some small letters share theirs with another.
        """
        return cls.objects.alias(folded=Lower("email")).filter(folded=Lower(models.Value(email)))


class Address(models.Model):
    """Where a customer wants things sent."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_index=False)
    recipient = models.CharField(max_length=200)
    street = models.CharField(max_length=200)
    postal_code = models.CharField(max_length=20)
    city = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer", "id"], name="customers_address_by_customer")
        ]

    def __str__(self) -> str:
        return f"{self.recipient}, {self.city}"


class Session(models.Model):
    """A chain of refresh tokens: only the newest is good, and an older one ends the chain.

    No token is kept: each is a code over the session's id and the generation, see `tokens`.
    """

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    generation = models.IntegerField(default=1)
    # The Idempotency-Key that made the present generation: its repetition is no theft.
    made_by = models.UUIDField(unique=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        """What is over is looked for."""

        indexes: ClassVar = [models.Index(fields=["expires_at"], name="customers_session_expires")]

    def __str__(self) -> str:
        return str(self.id)


class SigningKey(models.Model):
    """A key pair; the private half is encrypted with a key that only the environment knows."""

    kid = models.CharField(primary_key=True, max_length=64)
    public_jwk = models.JSONField()
    private_key = models.BinaryField()
    signs_from = models.DateTimeField()
    verifies_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    def __str__(self) -> str:
        return self.kid


class SignInCount(models.Model):
    """How often somebody tried in vain of late; the subject is a hash, so no address is kept."""

    subject = models.CharField(primary_key=True, max_length=64)
    tries = models.IntegerField()
    since = models.DateTimeField()

    class Meta:
        """Likewise."""

        indexes: ClassVar = [models.Index(fields=["since"], name="customers_signincount_since")]

    def __str__(self) -> str:
        return f"{self.tries} by {self.subject[:8]}"


class Command(CommandRecord):
    """The idempotency records of customers."""
