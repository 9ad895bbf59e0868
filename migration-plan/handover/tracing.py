"""Spans of a process, sent by OTLP when OTEL_EXPORTER_OTLP_ENDPOINT says where; else nothing at all.

Off, OpenTelemetry is not even imported, and a `traceparent` that somebody sent is carried on as it came;
one that is malformed is nobody's, as https://www.w3.org/TR/trace-context/ (3.2) has it.
On, OpenTelemetry's own variables say the rest (OTEL_TRACES_SAMPLER, OTEL_BSP_SCHEDULE_DELAY, ...).

The provider is made at the first span and not before: by then gunicorn has forked, whose children would
be without the exporter's thread, and eventlet has patched what the exporter is made of.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, Protocol

Kind = Literal["server", "client", "producer", "consumer", "internal"]
Attributes = Mapping[str, str | int]
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
HEADER = "traceparent"
FLUSH_MS = 2_000
# The beginning is that of every version; what a later one adds is not carried on.
_WELL_FORMED = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Span(Protocol):
    """What a caller may do with a span, whether or not there is one."""

    def update_name(self, name: str) -> None:
        """Give it the name that is known only later, such as the route."""

    def set_attribute(self, key: str, value: str | int) -> None:
        """Add a fact to it."""


class _NoSpan:
    """Tracing is off."""

    def update_name(self, name: str) -> None:
        del name

    def set_attribute(self, key: str, value: str | int) -> None:
        del key, value


NO_SPAN: Span = _NoSpan()


def is_well_formed(traceparent: str) -> bool:
    """Whether this can be carried on: it goes into messages and rows, so not whatever somebody sends."""
    return _WELL_FORMED.fullmatch(traceparent) is not None


def is_on() -> bool:
    """Whether anybody wants to see spans."""
    return bool(os.environ.get(ENDPOINT))


def begin(process: str) -> None:
    """Say who we are, unless OTEL_SERVICE_NAME does."""
    os.environ.setdefault("OTEL_SERVICE_NAME", process)


@contextmanager
def span(
    name: str, *, kind: Kind, parent: str | None = None, attributes: Attributes | None = None
) -> Iterator[Span]:
    """Open a span within `parent` (a traceparent), or else within the one that is open here.

    An exception that passes is noted on it.
    """
    if not is_on():
        yield NO_SPAN
        return
    with _tracer().start_as_current_span(
        name, context=_context(parent), kind=_kind(kind), attributes=attributes
    ) as opened:
        yield opened


@contextmanager
def beside(name: str, *, parents: Iterable[str | None]) -> Iterator[None]:
    """Open a span within each of these traceparents: what is done for many of them at once."""
    if not is_on():
        yield
        return
    opened = [
        _tracer().start_span(name, context=_context(parent), kind=_kind("consumer"))
        for parent in dict.fromkeys(parents)
        if parent
    ]
    try:
        yield
    finally:
        for one in opened:
            one.end()


def current(default: str | None = None) -> str | None:
    """Return the traceparent of the span that is open here, and without one `default`."""
    if not is_on():
        return default
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 - only when it is on
        TraceContextTextMapPropagator,
    )

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get(HEADER, default)


def headers() -> dict[str, str]:
    """What a request to somebody else says of the span that is open here."""
    known = current() if is_on() else None
    return {HEADER: known} if known else {}


def end() -> None:
    """Send what is left; for a process that ends without the interpreter's farewell."""
    if is_on() and _provider.cache_info().currsize:
        _provider().force_flush(FLUSH_MS)


def _tracer() -> Any:
    return _provider().get_tracer("strangler-reference")


@cache
def _provider() -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _context(parent: str | None) -> Any:
    if not parent:
        return None
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
        TraceContextTextMapPropagator,
    )

    return TraceContextTextMapPropagator().extract({HEADER: parent})


def _kind(kind: Kind) -> Any:
    from opentelemetry.trace import SpanKind  # noqa: PLC0415

    return SpanKind[kind.upper()]
