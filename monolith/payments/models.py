"""The tables of payments.

An operation is one request to the provider, and at once the idempotency record of whoever asked
for it: its id is the caller's. It stands here before the provider is asked, so that no crash can
make us forget that money may have moved.
"""

from typing import ClassVar

from django.db import models

from monolith.outbox.clock import ClockTimestamp


class Payment(models.Model):
    """The money of one order, as far as we know."""

    id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField()
    # The provider's reference to a card, not a card: asking again needs it.
    card_token = models.CharField(max_length=100)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20, default="uncertain")
    refunded = models.BigIntegerField(default=0)
    decline_reason = models.CharField(max_length=200, null=True)  # noqa: DJ001 - absent is not empty
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    updated_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="payments_payment_amount_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(refunded__gte=0, refunded__lte=models.F("amount")),
                name="payments_payment_refunded_at_most_all",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["order_id", "id"], name="payments_payment_by_order"),
            models.Index(fields=["updated_at"], name="payments_payment_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.amount} {self.currency}"


class Operation(models.Model):
    """One request to the provider: `asked`, then `done` or `refused`, and never back."""

    id = models.UUIDField(primary_key=True)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="operations", db_index=False
    )
    kind = models.CharField(max_length=10)
    amount = models.BigIntegerField()
    state = models.CharField(max_length=10, default="asked")
    reason = models.CharField(max_length=200, null=True)  # noqa: DJ001 - absent is not empty
    epoch = models.BigIntegerField(db_default=1)
    version = models.BigIntegerField(default=1, db_default=1)
    asked_at = models.DateTimeField(db_default=ClockTimestamp())
    answered_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=("authorize", "capture", "void", "refund")),
                name="payments_operation_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=("asked", "done", "refused")),
                name="payments_operation_state_known",
            ),
            # At most one open question per payment: no two answers can contradict each other.
            models.UniqueConstraint(
                fields=["payment"],
                condition=models.Q(state="asked"),
                name="payments_operation_one_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payment", "asked_at"], name="payments_operation_by_payment"),
            models.Index(
                fields=["asked_at"],
                condition=models.Q(state="asked"),
                name="payments_operation_open",
            ),
            models.Index(fields=["updated_at"], name="payments_operation_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Entry(models.Model):
    """A line of the books: debits above zero, credits below; never changed, never deleted.

    The entries of an operation sum to zero: the database refuses a commit after which they do not
    (migration 0002).
    """

    id = models.BigAutoField(primary_key=True)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=30)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    booked_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        verbose_name_plural = "entries"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(amount=0), name="payments_entry_amount_not_zero"
            ),
            # By this, and not by its number, a line is the same on both sides. Expressions: then it
            # is an index, which can be built beside whoever writes.
            models.UniqueConstraint("operation", "account", name="payments_entry_one_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount} {self.currency}"


class SandboxOperation(models.Model):
    """What the sandbox provider remembers: on the far side, so no domain, no fence, no books."""

    id = models.UUIDField(primary_key=True)
    payment_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=10)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    accepted = models.BooleanField()
    reason = models.CharField(max_length=200, null=True)  # noqa: DJ001 - absent is not empty
    received_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        db_table = "sandbox_operation"

    def __str__(self) -> str:
        return f"{self.kind} {'accepted' if self.accepted else 'refused'}"
