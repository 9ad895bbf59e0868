"""Health and metrics of a plain process: /healthz, /readyz, /metrics on a small HTTP server."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


def serve_probe(*, host: str, port: int, trouble: Callable[[], str | None]) -> ThreadingHTTPServer:
    """Serve in a daemon thread; `trouble` says why the process cannot work, or None."""

    class Probe(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            if self.path == "/healthz":
                self._answer(200, "text/plain", b"alive\n")
            elif self.path == "/readyz":
                reason = trouble()
                self._answer(
                    503 if reason else 200, "text/plain", f"{reason or 'ready'}\n".encode()
                )
            elif self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest())
            else:
                self._answer(404, "text/plain", b"try /healthz, /readyz or /metrics\n")

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: a probe every second is not news."""

    server = ThreadingHTTPServer((host, port), Probe)
    threading.Thread(target=server.serve_forever, name="probe", daemon=True).start()
    return server
