"""The idempotency record that every write of orders leaves."""

from collections.abc import Callable

from django.db import transaction
from pydantic import BaseModel

from monolith.orders import models
from monolith.writes.once import Answer, Attempt, answered, once


def write(
    work: Callable[[], Answer],
    *,
    attempt: Attempt,
    shape: type[BaseModel],
    admit: Callable[[], object] = lambda: None,
) -> Answer:
    """Do the work in one transaction, once per key.

    What `admit` refuses with a ProblemError is not done; a key that has its answer is answered again.
    """

    def in_one_transaction() -> Answer:
        admit()
        with transaction.atomic():
            known = answered(models.Command, attempt=attempt, shape=shape)
            if known:
                return known
            answer = work()
            note(answer, attempt=attempt)
            return answer

    return once(models.Command, attempt=attempt, shape=shape, work=in_one_transaction)


def note_end(answer: Answer, attempt: Attempt) -> None:
    """Remember what the key of a checkout or a refund is answered, unless it was another's meanwhile.

    A client's fault, and no reason to hold up what moves money: that must end, noted or not.
    """
    if not models.Command.objects.filter(pk=attempt.key).exists():
        note(answer, attempt=attempt)


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
