"""Do what a request asks once, however often its Idempotency-Key comes."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from pydantic import BaseModel

from extracted.contracts.problems import ProblemError
from monolith.customers.records import CommandRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request that may come again: its key, and a hash that tells it from others."""

    key: UUID
    request_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a write answers, the first time and every time after."""

    status: HTTPStatus
    aggregate_id: UUID
    version: int
    value: BaseModel | None
    replayed: bool = False

    @property
    def response(self) -> dict[str, Any] | None:
        """The value as it is kept in the idempotency record."""
        return None if self.value is None else self.value.model_dump(mode="json")


def once(
    notes: type[CommandRecord],
    *,
    attempt: Attempt,
    shape: type[BaseModel],
    work: Callable[[], Answer],
) -> Answer:
    """Answer from the notes, or do the work; `work` must look into the notes again, and note."""
    try:
        return work()
    except (IntegrityError, ProblemError):
        # A twin of this request may have won while we waited for its lock: then the SKU is taken,
        # the row is gone or the key is noted because of us, and its answer is ours.
        if known := answered(notes, attempt=attempt, shape=shape):
            return known
        raise


def answered(
    notes: type[CommandRecord], *, attempt: Attempt, shape: type[BaseModel]
) -> Answer | None:
    """Return what the key was answered before; raises ProblemError when it asked another thing."""
    known = notes.objects.filter(pk=attempt.key).first()
    if known is None:
        return None
    if known.request_hash != attempt.request_hash:
        raise ProblemError("idempotency-key-reused")
    value = None if known.response is None else shape.model_validate(known.response)
    return Answer(
        status=HTTPStatus(known.status),
        aggregate_id=known.aggregate_id,
        version=known.version,
        value=value,
        replayed=True,
    )
