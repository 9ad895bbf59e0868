"""A circuit breaker whose callers do not wait for each other.

pybreaker holds its lock for as long as the call it guards lasts: one call at a time, and of many
callers of a service that hangs the last waits for the deadlines of all before it. So the call runs
outside of it, and pybreaker is only told how it ended.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import pybreaker

T = TypeVar("T")


class CircuitOpen(Exception):
    """Nobody was asked: too many failed a moment ago."""


class Circuit:
    """Closed, it lets every call through; open, one at a time and not before `open_s` are over.

    For greenlets of one thread: nothing here waits between a look and a change.
    """

    def __init__(
        self,
        *,
        failures_until_open: int,
        open_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_s = open_s
        self._clock = clock
        self._try_again_at = float("-inf")
        self._is_tried = False
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=failures_until_open, reset_timeout=0, throw_new_error_on_trip=False
        )

    @property
    def is_open(self) -> bool:
        """Whether calls are refused, but for one that tries."""
        return bool(self._breaker.current_state != pybreaker.STATE_CLOSED)

    def call(self, act: Callable[[], T]) -> T:
        """Return what `act` returns; raises CircuitOpen, or what `act` raises."""
        if not self.is_open:
            return self._told(act)
        if self._clock() < self._try_again_at or self._is_tried:
            raise CircuitOpen
        self._is_tried = True
        try:
            return self._told(act)
        finally:
            self._is_tried = False

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
                self._try_again_at = self._clock() + self._open_s
                raise error

        with suppress(Exception):
            self._breaker.call(end)
