"""Acknowledged before another was sent, and yet the later version of the same row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from loadtests.evidence import DomainEvidence
from loadtests.findings import Finding
from loadtests.ledger import Intent


def findings(intents: Sequence[Intent], _: DomainEvidence) -> Iterator[Finding]:
    """Real time counts: who asks after an answer has arrived builds upon that answer."""
    by_row: dict[str, list[Intent]] = defaultdict(list)
    for intent in intents:
        # One client's clock: the ledger of a run is written on one machine.
        if intent.acknowledged and intent.aggregate and intent.version and not intent.replayed:
            by_row[intent.aggregate].append(intent)
    for writes in by_row.values():
        yield from _of_one_row(writes)


def _of_one_row(writes: Sequence[Intent]) -> Iterator[Finding]:
    begins = sorted(writes, key=lambda intent: intent.sent_at)
    ends = sorted(writes, key=lambda intent: intent.ended_at or 0.0)
    known, answered = 0, 0
    for intent in begins:
        while answered < len(ends) and (ends[answered].ended_at or 0.0) < intent.sent_at:
            known = max(known, ends[answered].version or 0)
            answered += 1
        if (intent.version or 0) <= known:
            detail = f"version {intent.version}, after version {known} had been shown"
            yield Finding(check="out of order", key=intent.key, detail=detail)
