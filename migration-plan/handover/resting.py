"""Which domains rest, because their last batch could not be applied."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from handover.backoff import delays


@dataclass(slots=True)
class Resting:
    """Each rests the longer the more often it has failed; `reasons` says of each by what."""

    reasons: dict[str, str] = field(default_factory=dict)
    _waits: dict[str, Iterator[float]] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def begin(self, domain: str, reason: str) -> None:
        """It failed, by this."""
        waits = self._waits.setdefault(domain, delays())
        self._until[domain] = time.monotonic() + next(waits)
        self.reasons[domain] = " ".join(reason.split())[:300]

    def end(self, domain: str) -> None:
        """It got on."""
        for kept in (self.reasons, self._waits, self._until):
            kept.pop(domain, None)

    def holds(self, domain: str) -> bool:
        """Whether it is not to be tried yet."""
        return time.monotonic() < self._until.get(domain, 0.0)

    def left_s(self, least_s: float, most_s: float) -> float:
        """Seconds until the first of them is to be tried again, within these bounds."""
        ends = (until - time.monotonic() for until in self._until.values())
        return min(most_s, max(least_s, min(ends, default=most_s)))
