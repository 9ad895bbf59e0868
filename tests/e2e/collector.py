"""A collector of spans by OTLP/HTTP: reads what an exporter sends, and remembers it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One span, as it arrived."""

    process: str
    name: str
    trace: str
    span: str
    parent: str
    kind: int


@dataclass(slots=True)
class Collector:
    endpoint: str
    _spans: list[Seen] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        with self._lock:
            self._spans += [
                Seen(
                    process=_name_of(resource),
                    name=span.name,
                    trace=span.trace_id.hex(),
                    span=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    kind=span.kind,
                )
                for resource in request.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            ]

    def trace(self, trace: str) -> list[Seen]:
        with self._lock:
            return [span for span in self._spans if span.trace == trace]


def _name_of(resource: object) -> str:
    attributes = resource.resource.attributes  # type: ignore[attr-defined]
    return next(str(a.value.string_value) for a in attributes if a.key == "service.name")


@contextmanager
def collecting() -> Iterator[Collector]:
    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            collector.note(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Desk) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield collector
        server.shutdown()
