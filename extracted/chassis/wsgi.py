"""The WSGI application of a service: routing, health paths, headers, access log, no error escapes."""

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map

from extracted.chassis import health
from extracted.chassis.http import Http, problem_response
from extracted.chassis.logging import correlation_id
from extracted.chassis.messages import Request, Response
from extracted.chassis.metrics import REQUEST_SECONDS
from extracted.contracts.http import (
    CORRELATION_ID,
    MAX_BODY_BYTES,
    SECURITY_HEADERS,
    SERVED_BY,
)
from extracted.contracts.problems import ProblemError, method_not_allowed
from handover import tracing

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]

# To the gateway an encoded slash is part of a segment, and its routes are chosen by that.
_HIDDEN = re.compile(r"%(?:2f|5c)", re.IGNORECASE)
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
            headers = {SERVED_BY: self._service, CORRELATION_ID: current}
            headers |= {**SECURITY_HEADERS, **response.headers}
            response = Response(status=response.status, body=response.body, headers=headers)
            self._note(environ, route=route, status=response.status, started=started)
            return _send(response, environ, start_response)
        finally:
            correlation_id.reset(token)

    def _route(self, environ: Environ, current: str) -> tuple[str, Response]:
        if _declared_length(environ) > MAX_BODY_BYTES:
            return "none", _too_large(environ)
        try:
            if _HIDDEN.search(environ.get("RAW_PATH_INFO", "")):
                raise NotFound
            entrypoint, arguments = self._rules.bind_to_environ(environ).match()
        except MethodNotAllowed as error:
            return "none", problem_response(method_not_allowed(error.valid_methods or ()))
        except HTTPException:
            return "none", problem_response(ProblemError("not-found"))
        try:
            request = _read(environ, current)
        except (OSError, ValueError) as error:
            # The client broke off, or its chunks are not chunks; the connection is of no more use.
            environ[self.CLOSE]()
            log.info("request not read", extra={"reason": repr(error)})
            problem = ProblemError("malformed-json")
            return entrypoint.url, problem_response(problem)
        if len(request.raw_body) > MAX_BODY_BYTES:
            return entrypoint.url, _too_large(environ)
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


def _declared_length(environ: Environ) -> int:
    # The server has refused what is no number.
    return int(environ.get("CONTENT_LENGTH") or 0)


def _too_large(environ: Environ) -> Response:
    environ[App.CLOSE]()
    return problem_response(ProblemError("body-too-large"))


def _read(environ: Environ, current: str) -> Request:
    # WSGI hands over bytes as latin-1; people type letters into a query without escaping them.
    raw_query = environ.get("QUERY_STRING", "").encode("latin-1").decode(errors="replace")
    # One byte past the limit tells a chunked body that is too large, without reading it all.
    body: bytes = environ["wsgi.input"].read(MAX_BODY_BYTES + 1)
    if len(body) < _declared_length(environ):
        msg = "the client broke off in the body"
        raise ConnectionError(msg)
    headers = {name.lower(): value for name, value in environ["headers_raw"]}
    if not tracing.is_well_formed(headers.get(tracing.HEADER, "")):
        headers.pop(tracing.HEADER, None)
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=parse_qs(raw_query, keep_blank_values=True) if raw_query else {},
        raw_query=raw_query,
        headers=headers,
        raw_body=body,
        correlation_id=current,
    )


def _send(response: Response, environ: Environ, start_response: StartResponse) -> list[bytes]:
    headers = response.with_content_type()
    if response.has_body:
        headers["Content-Length"] = str(len(response.body))
    status = f"{response.status} {_PHRASES.get(response.status, 'Other')}"
    start_response(status, list(headers.items()))
    is_empty = environ["REQUEST_METHOD"] == "HEAD" or not response.has_body
    return [] if is_empty else [response.body]
