"""Idempotency records: kept beside the rows a request changed, in the same transaction."""

from typing import ClassVar, Self

from django.db import models

from monolith.customers.clock import ClockTimestamp


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
