"""A circuit breaker whose callers do not wait for each other.

pybreaker holds its lock for as long as the call it guards lasts: one call at a time, and of many
callers of a service that hangs the last waits for the deadlines of all before it. So the call runs
outside of it, and pybreaker is only told how it ended.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import pybreaker

T = TypeVar("T")


class CircuitOpen(Exception):
    """Nobody was asked: too many failed a moment ago."""


class Circuit:
    """Closed, it lets every call through; open, one at a time and not before `open_s` are over."""

    def __init__(self, *, failures_until_open: int, open_s: float) -> None:
        self._open_s = open_s
        self._try_again_at = float("-inf")
        self._trying = threading.Lock()
        # No time-out of its own: it measures by the wall clock, and tries under its lock.
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=failures_until_open, reset_timeout=0, throw_new_error_on_trip=False
        )

    def call(self, act: Callable[[], T]) -> T:
        """Return what `act` returns; raises CircuitOpen, or what `act` raises."""
        if self._breaker.current_state == pybreaker.STATE_CLOSED:
            return self._told(act)
        if time.monotonic() < self._try_again_at or not self._trying.acquire(blocking=False):
            raise CircuitOpen
        try:
            return self._told(act)
        finally:
            self._trying.release()

    def _told(self, act: Callable[[], T]) -> T:
        try:
            result = act()
        except Exception as error:
            self._tell(error)
            raise
        self._tell(None)
        return result

    def _tell(self, error: Exception | None) -> None:
        def end() -> None:
            if error is not None:
                # Before pybreaker opens: nobody may see it open with the time of the last outage.
                self._try_again_at = time.monotonic() + self._open_s
                raise error

        with suppress(Exception):
            self._breaker.call(end)
