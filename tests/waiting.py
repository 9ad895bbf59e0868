"""Waiting for a condition, never for seconds."""

import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], *, what: str, timeout_s: float = 15.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s} s for {what}"
        time.sleep(0.01)
