"""Waits for conditions, never for seconds."""

import time
from collections.abc import Callable

INTERVAL_S = 0.05


def until(condition: Callable[[], bool], *, timeout_s: float) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(INTERVAL_S)
    return True
