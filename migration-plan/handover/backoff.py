"""Capped exponential back-off with jitter, for the processes that must never give up."""

import random
from collections.abc import Iterator


def delays(*, first_s: float = 0.05, last_s: float = 5.0) -> Iterator[float]:
    """Yield seconds to wait: doubling from `first_s`, never more than `last_s`, +-25 %."""
    delay = first_s
    while True:
        yield delay * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, not a secret
        delay = min(delay * 2, last_s)
