"""Whether the broker answers: asked at most once a second, over a line that is kept.

A readiness check must never hang, and nothing in AMQP bounds a whole handshake. So one thread asks,
and who wants to know waits for it only so long. The line is kept, because a login per health check
would be four lines a second in the broker's log and the dearest thing an idle monolith does.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import amqp

from handover.process import connect_broker

log = logging.getLogger(__name__)
FRESH_S = 1.0
# Within the second that the gateway gives a health check, and the database needs a part of it.
TIMEOUT_S = 0.4

OK = "ok"
NOT_CONFIGURED = "not configured"
SILENT = "does not answer"


class Broker:
    """Asks the broker at `url`; an empty one is no broker, and nobody misses it."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        # Its thread begins with the first question, and so after gunicorn has forked.
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="broker")
        self._lock = threading.Lock()
        self._asked: tuple[float, Future[str]] | None = None
        self._line: amqp.Connection | None = None
        self._last = OK

    def standing(self) -> str:
        """Return OK, NOT_CONFIGURED or SILENT, in less than half a second and a second old at most."""
        if not self._url:
            return NOT_CONFIGURED
        since, answer = self._latest()
        left_s = since + TIMEOUT_S - self._clock()
        try:
            return answer.result(timeout=max(0.0, left_s))
        except TimeoutError:
            return SILENT

    def close(self) -> None:
        """Hang up."""
        self._asker.submit(self._hang_up)
        self._asker.shutdown()

    def _latest(self) -> tuple[float, Future[str]]:
        with self._lock:
            now, asked = self._clock(), self._asked
            if asked is None or (asked[1].done() and now - asked[0] >= FRESH_S):
                asked = self._asked = (now, self._asker.submit(self._ask))
            return asked

    def _ask(self) -> str:
        try:
            # The kept line may be gone without the broker being so: only a new one tells.
            if not self._is_open():
                self._line = connect_broker(self._url, timeout_s=TIMEOUT_S)
            found = OK
        except Exception as error:  # noqa: BLE001 - whatever a peer that speaks no AMQP makes of us
            self._hang_up()
            found = SILENT
            if self._last == OK:
                log.warning("the broker does not answer", extra={"reason": repr(error)})
        self._last = found
        return found

    def _is_open(self) -> bool:
        if self._line is None:
            return False
        try:
            # Opened and closed again: the shortest question to which a broker has to say something.
            with self._line.channel():
                return True
        except (OSError, amqp.AMQPError):
            self._hang_up()
            return False

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            # Not close(): that waits for an answer of the one that does not answer.
            line.collect()
