"""The tables of notifications."""

from typing import ClassVar

from django.db import models

from monolith.outbox.clock import ClockTimestamp


class Mail(models.Model):
    """A mail to be sent, or sent: an outbox whose reader is a mail server.

    The order, and whom to write to, are kept as they were when the mail was written: so whoever
    owns the mails can send them without asking anybody. `next_try_at` is also the lease of whoever is sending it at this moment.
    """

    id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField()
    customer_id = models.UUIDField()
    status = models.CharField(max_length=20)
    order = models.JSONField()
    # Null in mails of the time before it was kept: they ask customers.
    contact = models.JSONField(null=True)
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


class Notice(models.Model):
    """News of an order that came while this side could not write the mail.

    No part of the domain, so it does not move: each side keeps what it heard until it sees the mail,
    written by itself once it owns the mails, or by the other side.
    """

    # The mail's id.
    id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField()
    status = models.CharField(max_length=20)
    order = models.JSONField()
    contact = models.JSONField(null=True)
    noted_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["noted_at"], name="notifications_notice_noted")]

    def __str__(self) -> str:
        return f"{self.status} of {self.order_id}"
