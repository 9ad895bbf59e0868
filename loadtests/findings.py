"""One thing that is not as it should be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`key` is the Idempotency-Key, or the id of the row, that shows it."""

    check: str
    key: str
    detail: str
