"""Where everything people do is noted."""

from __future__ import annotations

from dataclasses import dataclass

from loadtests.ledger import Intent, Ledger
from loadtests.samples import SampleFile
from loadtests.wire import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """The ledger of writes, and a sample of every request."""

    ledger: Ledger
    samples: SampleFile

    def close(self) -> None:
        self.ledger.close()
        self.samples.close()

    def learned(self, intent: Intent, answer: Answer) -> None:
        """Note what became of a write, as its client was told."""
        if not answer.status:
            self.ledger.unknown(intent.key, reason=answer.reason or "silence")
            return
        note = self.ledger.ok if answer.ok else self.ledger.fail
        note(
            intent.key,
            status=answer.status,
            served_by=answer.served_by,
            aggregate=answer.body.get("id") if answer.ok else None,
            version=answer.body.get("version") if answer.ok else None,
            replayed=answer.replayed or None,
            reason=None if answer.ok else str(answer.body.get("type", answer.body))[:200],
        )
