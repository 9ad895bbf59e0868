"""Where everything people do is noted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from loadtests.ledger import Intent, Ledger
from loadtests.samples import Sample
from loadtests.wire import Answer


class Samples(Protocol):
    """Where the samples go: a file, or whoever looks at them at once."""

    def add(self, sample: Sample) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """The ledger of writes, and a sample of every request."""

    ledger: Ledger
    samples: Samples

    def close(self) -> None:
        self.ledger.close()
        self.samples.close()

    def learned(self, intent: Intent, answer: Answer, *, refusals: Collection[int] = ()) -> None:
        """Note what became of a write, as its client was told."""
        if not answer.status:
            self.ledger.unknown(intent.key, reason=answer.reason or "silence")
            return
        # Only what has a version is the row that the write's record names.
        version = answer.body.get("version") if answer.ok else None
        self._note_of(answer, refusals)(
            intent.key,
            status=answer.status,
            served_by=answer.served_by,
            aggregate=None if version is None else answer.body.get("id"),
            version=version,
            replayed=answer.replayed or None,
            reason=None if answer.ok else str(answer.body.get("type", answer.body))[:200],
        )

    def _note_of(self, answer: Answer, refusals: Collection[int]) -> Callable[..., None]:
        if answer.status == HTTPStatus.ACCEPTED:
            return self.ledger.pending
        if answer.ok:
            return self.ledger.ok
        return self.ledger.refused if answer.status in refusals else self.ledger.fail
