"""The container of a service: what goes wrong in one worker stays in that worker.

Overrides internals of exactly nameko 2.14.1; `tests/extracted` holds each of them in place.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any

import eventlet
from eventlet.greenpool import GreenPool
from nameko.containers import ServiceContainer, WorkerContext
from nameko.exceptions import RpcTimeout
from nameko.rpc import Rpc
from nameko.web.handlers import HttpRequestHandler

from extracted.chassis.logging import correlation_id
from handover import tracing

CORRELATION_ID = "correlation_id"
TRACEPARENT = tracing.HEADER

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
Outcome = tuple[Any, ExcInfo | None]
HandleResult = Callable[[WorkerContext, Any, ExcInfo | None], Outcome]

log = logging.getLogger(__name__)


class WorkerPool(GreenPool):
    """A pool whose waitall() returns."""

    def waitall(self) -> None:
        """Wait for running and queued workers.

        The stock one waits on an event that is never sent when spawns queue behind a full pool.
        """
        while self.running() or self.waiting():
            eventlet.sleep(0.02)


class Container(ServiceContainer):
    """Runs workers so that a failing hook or a timeout costs one request, not the process."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._worker_pool = WorkerPool(size=self.max_workers)

    @property
    def is_working(self) -> bool:
        """Whether any worker runs or waits for its turn."""
        return bool(self._worker_pool.running() or self._worker_pool.waiting())

    @property
    def queued_workers(self) -> int:
        """How many spawns wait for a free worker."""
        return int(self._worker_pool.waiting())

    def _run_worker(self, context: WorkerContext, handle_result: HandleResult | None) -> None:
        token = correlation_id.set(context.data.get(CORRELATION_ID))
        try:
            # Around the hooks too: what dependencies send on is frozen when they are injected.
            with worker_span(context) as span:
                result, exc_info = self._execute(context)
                if exc_info is not None:
                    span.set_attribute("error.type", exc_info[0].__name__)
                if handle_result is not None:
                    result, exc_info = self._hand_over(context, handle_result, result, exc_info)
                self._finish(context, result, exc_info)
        finally:
            correlation_id.reset(token)

    def _execute(self, context: WorkerContext) -> Outcome:
        try:
            self._inject_dependencies(context)
            self._worker_setup(context)
            method = getattr(context.service, context.entrypoint.method_name)
            return method(*context.args, **context.kwargs), None
        except Exception as error:
            if not isinstance(error, context.entrypoint.expected_exceptions):
                log.exception("worker failed", extra={"entrypoint": _name(context)})
            return None, (type(error), error, error.__traceback__)
        except eventlet.Timeout as timeout:
            # A BaseException: left alone it would skip the reply and the acknowledgement.
            log.warning("worker timed out", extra={"entrypoint": _name(context)})
            return None, (RpcTimeout, RpcTimeout(str(timeout)), timeout.__traceback__)

    def _hand_over(
        self,
        context: WorkerContext,
        handle_result: HandleResult,
        result: Any,
        exc_info: ExcInfo | None,
    ) -> Outcome:
        try:
            return handle_result(context, result, exc_info)
        except Exception:
            log.exception("result not handed over", extra={"entrypoint": _name(context)})
            return result, exc_info

    def _finish(self, context: WorkerContext, result: Any, exc_info: ExcInfo | None) -> None:
        for hook in (
            partial(self._worker_result, context, result, exc_info),
            partial(self._worker_teardown, context),
        ):
            try:
                hook()
            except Exception:
                log.exception("worker hook failed", extra={"entrypoint": _name(context)})


@contextmanager
def worker_span(context: WorkerContext) -> Iterator[tracing.Span]:
    """Open a worker's span within that of whoever sent the request or the event.

    Who was not asked by anybody, such as a timer, has none: it would be a trace every second.
    """
    parent = context.data.get(TRACEPARENT)
    is_asked = isinstance(context.entrypoint, (HttpRequestHandler, Rpc))
    if not tracing.is_on() or not (parent or is_asked):
        yield tracing.NO_SPAN
        return
    kind: tracing.Kind = "server" if is_asked else "consumer"
    with tracing.span(_name(context), kind=kind, parent=parent) as span:
        # What is asked and told from here on is within this span.
        context.data.update(tracing.headers())
        yield span


def _name(context: WorkerContext) -> str:
    return f"{context.service_name}.{context.entrypoint.method_name}"
