"""The idempotency record that every write of orders leaves."""

from collections.abc import Callable

from django.db import transaction
from pydantic import BaseModel

from monolith.orders import models
from monolith.writes.once import Answer, Attempt, answered, once


def write(work: Callable[[], Answer], *, attempt: Attempt, shape: type[BaseModel]) -> Answer:
    """Do the work in one transaction, once per key."""

    def in_one_transaction() -> Answer:
        with transaction.atomic():
            known = answered(models.Command, attempt=attempt, shape=shape)
            if known:
                return known
            answer = work()
            note(answer, attempt=attempt)
            return answer

    return once(models.Command, attempt=attempt, shape=shape, work=in_one_transaction)


def note(answer: Answer, attempt: Attempt) -> None:
    """Remember what was answered to the key."""
    models.Command(
        key=attempt.key,
        request_hash=attempt.request_hash,
        aggregate_id=answer.aggregate_id,
        version=answer.version,
        status=answer.status,
        response=answer.response,
    ).save(force_insert=True)
