"""A few threads for calls that may hang; the process may end without them.

The threads of a ThreadPoolExecutor are joined when the interpreter ends: one that hangs in a broker
which says nothing would keep the process for ever.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

Work = tuple[Future[Any], Callable[[], Any]]


class Callers:
    """Daemon threads that take calls in turn; started at once, so make it after a fork."""

    def __init__(self, count: int, *, name: str) -> None:
        self._work: SimpleQueue[Work] = SimpleQueue()
        for number in range(count):
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True).start()

    def submit(self, act: Callable[[], Any]) -> Future[Any]:
        """Have a thread call `act` as soon as one is free, unless the future is canceled before."""
        future: Future[Any] = Future()
        self._work.put((future, act))
        return future

    def _run(self) -> None:
        while True:
            future, act = self._work.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(act())
            except BaseException as error:  # noqa: BLE001 - it is the caller's, and the thread goes on
                future.set_exception(error)
