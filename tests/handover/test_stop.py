"""A signal may come at any moment, also while the process waits for nothing else."""

import signal
import threading
import time

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
