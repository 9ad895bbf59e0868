"""The idempotency record that every write of orders leaves."""

from collections.abc import Callable

from pydantic import BaseModel

from extracted.contracts.orders import DOMAIN
from monolith.orders import models
from monolith.outbox.once import Answer, Attempt, answered, once
from monolith.outbox.record import Record
from monolith.seams.fence import owned


def write(
    work: Callable[[Record], Answer],
    *,
    attempt: Attempt,
    shape: type[BaseModel],
    admit: Callable[[], object] = lambda: None,
) -> Answer:
    """Do the work in one write transaction of orders, once per key; raises NotOwner.

    What `admit` refuses with a ProblemError is not done; a key that has its answer is answered again.
    """

    def in_one_transaction() -> Answer:
        # Before the transaction: never wait for another process while holding locks.
        admit()
        with owned(DOMAIN) as record:
            known = answered(models.Command, attempt=attempt, shape=shape)
            if known:
                return known
            answer = work(record)
            note(answer, record=record, attempt=attempt)
            return answer

    return once(models.Command, attempt=attempt, shape=shape, work=in_one_transaction)


def note_end(answer: Answer, *, record: Record, attempt: Attempt) -> None:
    """Remember what the key of a checkout or a refund is answered, unless it was another's meanwhile.

    A client's fault, and no reason to hold up what moves money: that must end, noted or not.
    """
    if not models.Command.objects.filter(pk=attempt.key).exists():
        note(answer, record=record, attempt=attempt)


def note(answer: Answer, *, record: Record, attempt: Attempt) -> None:
    """Remember what was answered to the key; it travels with what was said last."""
    models.Command(
        key=attempt.key,
        request_hash=attempt.request_hash,
        aggregate_id=answer.aggregate_id,
        version=answer.version,
        status=answer.status,
        response=answer.response,
        epoch=record.epoch,
        side="monolith",
    ).save(force_insert=True)
    record.also("command", attempt.key)
