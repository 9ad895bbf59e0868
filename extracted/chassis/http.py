"""The HTTP entrypoint: reads a request, runs a worker, turns every error into problem details."""

import logging
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import psycopg
from eventlet.event import Event
from nameko.web.handlers import HttpRequestHandler
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests
from werkzeug.routing import Rule

from extracted.chassis.container import CORRELATION_ID, TRACEPARENT, ExcInfo
from extracted.chassis.messages import Request, Response
from extracted.chassis.web_server import WebServer
from extracted.contracts.problems import PROBLEM_CONTENT_TYPE, ProblemError

# Behind this many waiting requests a new one is told to come back: a queue only hides overload.
MAX_QUEUED = 256

_UNAVAILABLE = (
    psycopg.errors.QueryCanceled,
    psycopg.OperationalError,
    PoolTimeout,
    PoolClosed,
    TooManyRequests,
)

log = logging.getLogger(__name__)


class Http(HttpRequestHandler):
    """`@http("GET", "/things/<id>")`: the method gets a Request and returns a Response."""

    server = WebServer()

    def __init__(self, method: str, url: str) -> None:
        super().__init__(method, url, expected_exceptions=(ProblemError, *_UNAVAILABLE))

    def get_url_rule(self) -> Rule:
        """Return the werkzeug rule of this entrypoint."""
        return Rule(self.url, methods=[self.method], strict_slashes=True)

    def stop(self) -> None:
        """Take no new connection; what runs is finished."""
        self.server.drain()
        super().stop()

    def answer(self, request: Request, arguments: Mapping[str, str]) -> Response:
        """Run a worker for a request and wait for its response."""
        if self.container.queued_workers >= MAX_QUEUED:
            return problem_response(ProblemError("unavailable", "Too many requests are waiting."))
        done = Event()
        try:
            self.container.spawn_worker(
                self,
                (request,),
                dict(arguments),
                context_data=_context_of(request),
                handle_result=partial(self.handle_result, done),
            )
            response = done.wait()
        except Exception as error:  # noqa: BLE001 - every error has its problem details
            return problem_response(error)
        return response if isinstance(response, Response) else _not_a_response(response)

    def handle_result(
        self, event: Event, _context: Any, result: Any, exc_info: ExcInfo | None
    ) -> tuple[Any, ExcInfo | None]:
        """Pass the worker's outcome to the connection that waits for it."""
        event.send(result, exc_info)
        return result, exc_info


http = Http.decorator


def problem_response(error: BaseException) -> Response:
    """Translate any error into problem details."""
    if not isinstance(error, ProblemError):
        error = _unexpected(error)
    headers = {"Content-Type": PROBLEM_CONTENT_TYPE, **error.headers}
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", "1")
    return Response(status=error.status, body=error.problem.to_json(), headers=headers)


def _unexpected(error: BaseException) -> ProblemError:
    if isinstance(error, _UNAVAILABLE):
        log.warning("could not answer now", extra={"reason": repr(error)})
        return ProblemError("unavailable")
    # The container has logged it with its traceback; the client gets no inside information.
    return ProblemError("internal-error")


def _not_a_response(found: object) -> Response:
    log.error("an entrypoint returned no Response", extra={"found": type(found).__name__})
    return problem_response(TypeError())


def _context_of(request: Request) -> dict[str, str]:
    context = {CORRELATION_ID: request.correlation_id}
    if traceparent := request.header("traceparent"):
        context[TRACEPARENT] = traceparent
    return context
