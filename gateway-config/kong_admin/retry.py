"""When a call is worth repeating, and how long to wait before."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from time import sleep

# PATCH and POST are left out: the caller says so when repeating one is harmless.
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`tries` in all; waits grow from `first_wait_s` to `longest_wait_s`, with jitter."""

    tries: int = 4
    first_wait_s: float = 0.05
    longest_wait_s: float = 1.0
    wait: Callable[[float], None] = field(default=sleep)

    def before(self, attempt: int) -> None:
        """Wait before the given attempt (the second is 1)."""
        longest = min(self.longest_wait_s, self.first_wait_s * 2 ** (attempt - 1))
        self.wait(longest * random.uniform(0.5, 1.0))  # noqa: S311  # jitter keeps no secret


NO_RETRY = Retry(tries=1)
