"""A signal may come at any moment, also while the process waits for nothing else."""

import signal
import threading
import time

import pytest

from handover.process import Standing, keep_going
from handover.stop import Stop


def test_a_stop_ends_a_wait_at_once_and_stays():
    stop = Stop()
    assert not stop.is_set()
    assert not stop.wait(0.001)
    threading.Timer(0.05, stop.set).start()
    started = time.monotonic()
    assert stop.wait(10)
    assert time.monotonic() - started < 5
    assert stop.is_set()


def test_signals_that_rain_on_a_waiting_process_never_block_it():
    standing, rounds = Standing(), 0
    before = signal.signal(signal.SIGALRM, lambda *_: standing.stop.set())
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.0002)

    def session(_: Standing) -> None:
        nonlocal rounds
        rounds += 1
        raise ConnectionError

    try:
        keep_going("test", session, standing)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert rounds


class TenWaits(Stop):
    """Waits no moment, and is asked to stop when it was told to for the tenth time."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def is_set(self) -> bool:
        return len(self.waited) == 10

    def wait(self, timeout_s: float) -> bool:
        self.waited.append(timeout_s)
        return self.is_set()


@pytest.mark.parametrize(("worked_s", "longest_s"), [(0.0, 5.0), (1.5, 0.05)])
def test_a_session_that_fails_at_its_first_step_is_tried_later_and_later(
    worked_s: float, longest_s: float, monkeypatch: pytest.MonkeyPatch
):
    stop, now = TenWaits(), [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def session(standing: Standing) -> None:
        standing.trouble = None
        now[0] += worked_s
        raise ConnectionError

    keep_going("test", session, Standing(stop=stop))
    assert longest_s * 0.7 < max(stop.waited) < longest_s * 1.3
