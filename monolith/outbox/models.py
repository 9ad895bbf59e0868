"""Idempotency records: kept beside the rows a request changed, in the same transaction."""

from typing import ClassVar, Self

from django.db import models

from monolith.outbox.clock import ClockTimestamp


class CommandRecord(models.Model):
    """What was answered to an Idempotency-Key."""

    key = models.UUIDField(primary_key=True)
    request_hash = models.TextField()
    aggregate_id = models.UUIDField()
    version = models.BigIntegerField()
    status = models.IntegerField()
    response = models.JSONField(null=True)
    recorded_at = models.DateTimeField(db_default=ClockTimestamp())

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.status} to {self.key}"


class OwnedCommandRecord(CommandRecord):
    """The same for a domain behind a seam: which side answered, in which term of ownership."""

    # With defaults, for records of the time before, and for the code that still writes them so.
    epoch = models.BigIntegerField(db_default=1)
    side = models.TextField(db_default="monolith")

    class Meta:
        abstract = True
