"""The WSGI application of a service: routing, health paths, headers, access log, no error escapes."""

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map

from extracted.chassis import health
from extracted.chassis.http import Http, problem_response, read_body
from extracted.chassis.logging import correlation_id
from extracted.chassis.messages import Request, Response
from extracted.chassis.metrics import REQUEST_SECONDS
from extracted.contracts.http import CORRELATION_ID, MAX_BODY_BYTES, SERVED_BY
from extracted.contracts.problems import ProblemError

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]

_SAFE_ID = re.compile(r"[\x21-\x7e]{1,128}")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}

access_log = logging.getLogger("extracted.access")
log = logging.getLogger(__name__)


class App:
    """Answers every request of a process; `CLOSE` in the environ ends its connection."""

    CLOSE = "chassis.close_connection"

    def __init__(
        self,
        *,
        service: str,
        entrypoints: Iterable[Http],
        parts: Callable[[], Iterable[object]],
        is_draining: Callable[[], bool],
    ) -> None:
        self._service = service
        self._rules = Map(_rules(entrypoints), merge_slashes=False)
        self._health: Mapping[str, Callable[[], Response]] = {
            "/healthz": health.alive,
            "/readyz": lambda: health.ready(parts=parts(), is_draining=is_draining()),
            "/metrics": health.metrics,
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        """Answer one request."""
        started = time.perf_counter()
        current = _correlation_id(environ)
        token = correlation_id.set(current)
        route = "none"
        try:
            if check := self._health.get(environ["PATH_INFO"]):
                return _send(check(), environ, start_response)
            route, response = self._route(environ, current)
            headers = {SERVED_BY: self._service, CORRELATION_ID: current, **response.headers}
            response = Response(status=response.status, body=response.body, headers=headers)
            self._note(environ, route=route, status=response.status, started=started)
            return _send(response, environ, start_response)
        finally:
            correlation_id.reset(token)

    def _route(self, environ: Environ, current: str) -> tuple[str, Response]:
        try:
            entrypoint, arguments = self._rules.bind_to_environ(environ).match()
        except MethodNotAllowed as error:
            allowed = ", ".join(sorted(error.valid_methods or ()))
            return "none", problem_response(
                ProblemError("method-not-allowed", f"Use {allowed}.", headers={"Allow": allowed})
            )
        except HTTPException:
            return "none", problem_response(ProblemError("not-found", "No such path."))
        try:
            request = _read(environ, current)
        except (OSError, ValueError) as error:
            # The client broke off, or its chunks are not chunks; the connection is of no more use.
            environ[self.CLOSE]()
            log.info("request not read", extra={"reason": repr(error)})
            problem = ProblemError("malformed-json", "The body did not arrive.")
            return entrypoint.url, problem_response(problem)
        return entrypoint.url, entrypoint.answer(request, arguments)

    def _note(self, environ: Environ, *, route: str, status: int, started: float) -> None:
        seconds = time.perf_counter() - started
        method = environ["REQUEST_METHOD"] if route != "none" else "any"
        REQUEST_SECONDS.labels(method, route, status).observe(seconds)
        access_log.info(
            "request",
            extra={
                "method": environ["REQUEST_METHOD"],
                "path": environ["PATH_INFO"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 2),
            },
        )


def _rules(entrypoints: Iterable[Http]) -> list[Any]:
    rules = []
    for entrypoint in entrypoints:
        rule = entrypoint.get_url_rule()
        rule.endpoint = entrypoint
        rules.append(rule)
    return rules


def _correlation_id(environ: Environ) -> str:
    given = environ.get("HTTP_X_CORRELATION_ID", "")
    return given if _SAFE_ID.fullmatch(given) else str(uuid.uuid4())


def _read(environ: Environ, current: str) -> Request:
    declared = int(environ.get("CONTENT_LENGTH") or 0)
    raw_query = environ.get("QUERY_STRING", "")
    body = read_body(environ["wsgi.input"], declared_length=declared)
    if len(body) < declared <= MAX_BODY_BYTES:
        msg = "the client broke off in the body"
        raise ConnectionError(msg)
    if max(declared, len(body)) > MAX_BODY_BYTES:
        environ[App.CLOSE]()
    headers = {name.lower(): value for name, value in environ["headers_raw"]}
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=parse_qs(raw_query, keep_blank_values=True) if raw_query else {},
        raw_query=raw_query,
        headers=headers,
        raw_body=body,
        declared_length=declared,
        correlation_id=current,
    )


def _send(response: Response, environ: Environ, start_response: StartResponse) -> list[bytes]:
    headers = response.with_content_type()
    if response.status != HTTPStatus.NO_CONTENT:
        headers["Content-Length"] = str(len(response.body))
    status = f"{response.status} {_PHRASES.get(response.status, 'Other')}"
    start_response(status, list(headers.items()))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]
