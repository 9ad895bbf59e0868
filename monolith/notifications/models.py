"""The tables of notifications."""

from typing import ClassVar

from django.db import models

from monolith.writes.clock import ClockTimestamp


class Mail(models.Model):
    """A mail to be sent, or sent: written with the order it is about, sent later.

    The order is kept as it was when the mail was written. `next_try_at` is also the lease of whoever
    is sending it at this moment.
    """

    id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField()
    customer_id = models.UUIDField()
    status = models.CharField(max_length=20)
    order = models.JSONField()
    recipient = models.CharField(max_length=254, null=True)  # noqa: DJ001 - absent is not empty
    subject = models.CharField(max_length=200, null=True)  # noqa: DJ001 - likewise
    text = models.TextField(null=True)  # noqa: DJ001 - likewise
    tries = models.IntegerField(default=0)
    error = models.CharField(max_length=500, null=True)  # noqa: DJ001 - likewise
    version = models.BigIntegerField(default=1)
    written_at = models.DateTimeField(db_default=ClockTimestamp())
    next_try_at = models.DateTimeField(db_default=ClockTimestamp())
    sent_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order_id", "status"], name="notifications_mail_once_per_status"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(sent_at__isnull=True),
                name="notifications_mail_unsent",
            ),
            models.Index(fields=["updated_at"], name="notifications_mail_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.status} of {self.order_id}"
