"""What happens to every request before and after its view."""

import re
import time
from collections.abc import Callable
from http import HTTPMethod
from typing import Any

from django.http import HttpRequest, HttpResponse

from extracted.contracts.http import CORRELATION_ID, MAX_BODY_BYTES, SERVED_BY
from extracted.contracts.problems import ProblemError
from monolith.web import correlation
from monolith.web.answers import problem
from monolith.web.metrics import REQUEST_SECONDS

SWALLOWED_BYTES = 4 * 1024 * 1024
METHODS = frozenset(HTTPMethod)
# A slash and a backslash, encoded.
_HIDDEN = re.compile(r"%(?:2f|5c)", re.IGNORECASE)

Next = Callable[[HttpRequest], HttpResponse]


def correlated(get_response: Next) -> Next:
    """Give the request a correlation id and say on the response who served it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = correlation.begin(request.headers.get(CORRELATION_ID))
        response = get_response(request)
        response.headers[CORRELATION_ID] = chosen
        response.headers.setdefault(SERVED_BY, "monolith")
        if not response.streaming and response.content:
            # Without it gunicorn answers in chunks, which costs both ends.
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def unambiguous(get_response: Next) -> Next:
    """Know no path that has an encoded slash.

    To the gateway `/api%2Fv1` is one segment, and it chooses route and plugins by that; decoded it would be
    another path.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        path, _, _ = request.META.get("RAW_URI", "").partition("?")
        if _HIDDEN.search(path):
            return problem(ProblemError("not-found"))
        return get_response(request)

    return middleware


def limited(get_response: Next) -> Next:
    """Refuse a body that is too large by its announced length, or while reading a chunked one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            _bound_body(request)
        except ProblemError as error:
            _swallow(request)
            return problem(error)
        return get_response(request)

    return middleware


def _swallow(request: HttpRequest) -> None:
    """Read some of a refused body: closing on unread bytes resets the connection, and the client
    might never see the answer. Past this limit that is the client's problem.
    """
    body = request.META["wsgi.input"]
    announced = request.META.get("CONTENT_LENGTH") or ""
    left = min(int(announced), SWALLOWED_BYTES) if announced.isdecimal() else SWALLOWED_BYTES
    while left > 0 and (chunk := body.read(min(left, 65_536))):
        left -= len(chunk)


def _bound_body(request: HttpRequest) -> None:
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not announced.isdecimal() or int(announced) > MAX_BODY_BYTES:
        raise _too_large()
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        # Django takes a body without a length for an empty one.
        body = request.META["wsgi.input"].read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        cached: Any = request
        cached._body = body  # noqa: SLF001 - where Django itself keeps a body that was read


def _too_large() -> ProblemError:
    return ProblemError("body-too-large")


def measured(get_response: Next) -> Next:
    """Count and time requests by path pattern, method and status."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        # Anybody may invent a method, and each would be a time series for ever.
        method = request.method if request.method in METHODS else "other"
        REQUEST_SECONDS.labels(
            method, match.route if match else "none", response.status_code
        ).observe(time.perf_counter() - started)
        return response

    return middleware
