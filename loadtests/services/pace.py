"""Requests at a pace: asked when they are due, whoever is still waiting.

* **due**: when a request was to be sent. Its time counts from there, so that a client that falls
  behind does not hide what made it wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

Ask = Callable[[int], int]
"""Send the request of this number; returns the status of its answer."""
SILENCE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One request: when it was due (of the wall clock), its milliseconds from then on."""

    at: float
    ms: float
    status: int

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Pace:
    """So many requests a second, from threads that take turns, until the time is over or stopped."""

    def __init__(
        self,
        ask: Callable[[int], Ask],
        *,
        rate: float,
        workers: int,
        prepare: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`ask` makes what one worker asks with, given the worker's number; so is `prepare` called,
        ahead of time and not measured, before each request.
        """
        self._prepare = prepare
        self._rate, self._workers = rate, workers
        self._asks = [ask(number) for number in range(workers)]
        self._samples: list[Sample] = []
        self._late_s = [0.0] * workers
        self._done = threading.Event()
        self._threads: list[threading.Thread] = []

    def begin(self, *, seconds: float) -> None:
        begun, clock = time.monotonic(), time.time()
        self._threads = [
            threading.Thread(target=self._work, args=(number, begun, clock, seconds))
            for number in range(self._workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def late_s(self) -> float:
        """How late a request was last sent; what is too much for a system is ever later."""
        return max(self._late_s)

    @property
    def answered(self) -> int:
        """How many were answered until now."""
        return len(self._samples)

    def stop(self) -> list[Sample]:
        """End it early; every request that was sent is waited for."""
        self._done.set()
        return self.result()

    def result(self) -> list[Sample]:
        for thread in self._threads:
            thread.join()
        return sorted(self._samples, key=lambda sample: sample.at)

    def _work(self, number: int, begun: float, clock: float, seconds: float) -> None:
        turn = number
        while (due := turn / self._rate) < seconds and not self._done.is_set():
            self._prepare(number)
            if self._done.wait(max(begun + due - time.monotonic(), 0)):
                return
            self._late_s[number] = time.monotonic() - begun - due
            status = self._asks[number](turn)
            took = time.monotonic() - begun - due
            self._samples.append(Sample(at=clock + due, ms=took * 1_000, status=status))
            turn += self._workers
