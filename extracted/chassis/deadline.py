"""Deadlines: an instant (Unix seconds) after which nobody waits for an answer any more.

It travels with every RPC request and is inherited by the calls a request causes.
"""

import time
from collections.abc import Mapping
from typing import Any

DEADLINE = "deadline"
HEADER = f"nameko.{DEADLINE}"


class DeadlineExceeded(Exception):
    """The caller has given up: the request was not executed."""


def inherited(data: Mapping[str, Any], *, timeout_s: float) -> float:
    """Return the earlier of the caller's deadline and our own timeout from now."""
    ours = time.time() + timeout_s
    return min(ours, _read(data.get(DEADLINE), default=ours))


def remaining_s(headers: Mapping[str, Any], *, default: float) -> float:
    """Return how long the sender of a message still waits; negative when no longer."""
    now = time.time()
    return _read(headers.get(HEADER), default=now + default) - now


def _read(value: Any, *, default: float) -> float:
    try:
        return default if value is None else float(value)
    except (TypeError, ValueError):
        return default
