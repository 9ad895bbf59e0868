"""A span for each request; without tracing the middleware is not there."""

from collections.abc import Callable

from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from handover import tracing
from monolith.web.correlation import current

Next = Callable[[HttpRequest], HttpResponse]

# Asked every second by machines; nobody looks for them in a trace.
_UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})


def traced(get_response: Next) -> Next:
    """Open a span within that of the caller; named by the path's pattern, as the metrics are."""
    if not tracing.is_on():
        raise MiddlewareNotUsed
    tracing.begin("monolith")

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info in _UNTRACED:
            return get_response(request)
        method = request.method or "?"
        parent = request.headers.get(tracing.HEADER)
        with tracing.span(method, kind="server", parent=parent) as span:
            response = get_response(request)
            match = request.resolver_match
            span.update_name(f"{method} {match.route if match else 'none'}")
            span.set_attribute("http.request.method", method)
            span.set_attribute("http.response.status_code", response.status_code)
            span.set_attribute("correlation_id", current() or "")
            return response

    return middleware
