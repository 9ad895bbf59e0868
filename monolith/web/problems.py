"""Every error leaves as problem details, never as HTML."""

import logging
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from psycopg_pool import PoolTimeout
from rest_framework.exceptions import APIException, MethodNotAllowed

from extracted.contracts.problems import ProblemError, method_not_allowed
from monolith.web.answers import problem

log = logging.getLogger(__name__)

# The database cannot be reached, the pool is empty, or a statement took too long.
UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)


def answer_exception(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Map what a view raised to a problem; DRF's hook."""
    if isinstance(error, ProblemError):
        return problem(error)
    if isinstance(error, MethodNotAllowed):
        return problem(method_not_allowed(context["view"].allowed_methods))
    if isinstance(error, APIException) and error.status_code < 500:
        return problem(ProblemError("conflict", str(error.detail)))
    if isinstance(error, UNAVAILABLE):
        log.warning("database unavailable", exc_info=error)
        return problem(ProblemError("unavailable", headers={"Retry-After": "1"}))
    log.error("unexpected error", exc_info=error)
    return _internal_error()


def bad_request(
    request: HttpRequest,  # noqa: ARG001 - Django's signature
    exception: Exception | None = None,
) -> HttpResponse:
    """Answer what Django itself finds suspicious; its reasons are for the log only."""
    log.warning("suspicious request", exc_info=exception)
    return problem(ProblemError("malformed-json"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer as if there were nothing."""
    return not_found(request, exception)


def not_found(
    request: HttpRequest,  # noqa: ARG001 - Django's signature
    exception: Exception | None = None,  # noqa: ARG001 - Django's signature
) -> HttpResponse:
    """Answer for a path that leads nowhere."""
    return problem(ProblemError("not-found"))


def server_error(_request: HttpRequest) -> HttpResponse:
    """Answer for what no view caught; Django hands over no exception here."""
    log.error("unexpected error outside of a view")
    return _internal_error()


def _internal_error() -> HttpResponse:
    return problem(ProblemError("internal-error"))
