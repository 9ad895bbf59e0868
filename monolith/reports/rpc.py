"""Nameko RPC from the monolith: with a deadline, a circuit breaker and threads of its own.

The standalone proxy of Nameko belongs to one thread and can hang where no timeout reaches: while it
connects, and while a broker in memory alarm does not read what is published. So calls run on a few
threads of their own, each with its own proxy, and the caller waits for the answer only so long.
"""

import logging
import threading
from functools import partial
from typing import Any, Protocol

from django.conf import settings
from nameko.rpc import ServiceProxy
from nameko.standalone.rpc import ClusterRpcProxy

from handover import tracing
from monolith.reports.callers import Callers
from monolith.reports.circuit import Circuit, CircuitOpen
from monolith.reports.replies import ReplyListener
from monolith.web import correlation

log = logging.getLogger(__name__)

CALLERS = 8
FAILURES_UNTIL_OPEN = 5
OPEN_S = 2.0


class RemoteUnavailable(Exception):
    """The service did not answer in time, or not in its own language."""


class Ask(Protocol):
    """Call a method of a service on the present thread."""

    def __call__(self, method: str, /, **arguments: Any) -> Any:
        """Return what the method returned."""
        ...


class ProxyPerThread:
    """One started Nameko proxy per thread: making one costs ten times a call."""

    def __init__(self, service: str, *, amqp_url: str, timeout_s: float) -> None:
        self._service = service
        self._amqp_url = amqp_url
        self._timeout_s = timeout_s
        self._mine = threading.local()

    def __call__(
        self,
        method: str,
        /,
        correlation_id: str | None = None,
        traceparent: str | None = None,
        **arguments: Any,
    ) -> Any:
        """Ask the service; any failure leaves this thread without a proxy, to begin anew."""
        try:
            return getattr(self._proxy(correlation_id, traceparent), method)(**arguments)
        except Exception:
            self._drop()
            raise

    def _proxy(self, correlation_id: str | None, traceparent: str | None) -> Any:
        if not hasattr(self._mine, "cluster"):
            self._start()
        # Nameko warns of headers without a value.
        self._mine.context["correlation_id"] = correlation_id or ""
        # The context is this thread's for all its calls, and so would be the last one's parent.
        self._mine.context.pop(tracing.HEADER, None)
        self._mine.context.update({tracing.HEADER: traceparent} if traceparent else {})
        return self._mine.service

    def _start(self) -> None:
        cluster: Any = ClusterRpcProxy(
            {"AMQP_URI": self._amqp_url}, timeout=self._timeout_s, reply_listener_cls=ReplyListener
        )
        cluster.start()
        context, replies = cluster._worker_ctx, cluster._reply_listener  # noqa: SLF001
        # Transient and short-lived: nobody waits for the answer to an old question.
        options = {"delivery_mode": 1, "expiration": self._timeout_s, "retry": False}
        self._mine.cluster, self._mine.context = cluster, context.data
        self._mine.service = ServiceProxy(context, self._service, replies, **options)

    def _drop(self) -> None:
        cluster = getattr(self._mine, "cluster", None)
        self._mine.__dict__.clear()
        if cluster is not None:
            try:
                cluster.stop()
            except Exception:  # noqa: BLE001 - it is broken already, and we have its error
                log.debug("could not close a broken proxy")


class Remote:
    """A service, asked within a deadline."""

    def __init__(
        self,
        service: str,
        *,
        ask: Ask | None = None,
        timeout_s: float | None = None,
        open_s: float = OPEN_S,
    ) -> None:
        self._service = service
        self._timeout_s = settings.RPC_TIMEOUT_S if timeout_s is None else timeout_s
        self._ask = ask or ProxyPerThread(
            service, amqp_url=settings.AMQP_URL, timeout_s=self._timeout_s
        )
        self._making = threading.Lock()
        self._callers: Callers | None = None
        self._circuit = Circuit(failures_until_open=FAILURES_UNTIL_OPEN, open_s=open_s)

    def call(self, method: str, **arguments: Any) -> Any:
        """Return what the method returned; raises RemoteUnavailable within the deadline."""
        try:
            return self._circuit.call(lambda: self._within_deadline(method, **arguments))
        except CircuitOpen:
            raise RemoteUnavailable("the circuit is open") from None
        except (TimeoutError, OSError) as error:
            raise RemoteUnavailable(f"no answer: {error!r}") from error
        except Exception as error:
            # Nameko, kombu and amqp raise dozens of classes; to a caller they all mean the same.
            raise RemoteUnavailable(repr(error)) from error

    def _within_deadline(self, method: str, **arguments: Any) -> Any:
        with tracing.span(f"rpc {self._service}.{method}", kind="client"):
            # The call has a thread of its own, which does not know what is open in ours.
            known = {"correlation_id": correlation.current(), **tracing.headers()}
            future = self._threads.submit(partial(self._ask, method, **known, **arguments))
            try:
                return future.result(timeout=self._timeout_s)
            finally:
                # One that did not begin yet must not run later; one that did is left to its end.
                future.cancel()

    @property
    def _threads(self) -> Callers:
        # Made at the first use: threads do not survive gunicorn's fork.
        if self._callers is None:
            with self._making:
                if self._callers is None:
                    self._callers = Callers(CALLERS, name=f"{self._service}-rpc")
        return self._callers
