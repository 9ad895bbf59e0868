"""Capped exponential back-off with jitter, for the processes that must never give up."""

import random
from collections.abc import Iterator

LAST_S = 5.0


def delays(*, first_s: float = 0.05, last_s: float = LAST_S) -> Iterator[float]:
    """Yield seconds to wait: doubling from `first_s`, never more than `last_s`, +-25 %."""
    delay = first_s
    while True:
        yield delay * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, not a secret
        delay = min(delay * 2, last_s)
