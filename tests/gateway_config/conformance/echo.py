"""Backends that say what reached them."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Echo(ThreadingHTTPServer):
    """Answers every request with what it was; `/status/503` is answered with that status."""

    daemon_threads = True
    is_healthy = True

    def __init__(self, host: str) -> None:
        super().__init__((host, 0), _Handler)
        self.name = str(self.server_port)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Echo

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        if self.path == "/healthz":
            self._answer(200 if self.server.is_healthy else 503, {})
            return
        status = int(self.path.rpartition("/status/")[2]) if "/status/" in self.path else 200
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(status, {"method": self.command, "path": self.path, "headers": headers})

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("X-Backend", self.server.name)
        self.send_header("X-Secret", "of the backend")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def echoes(count: int, *, host: str) -> Any:
    servers = [Echo(host) for _ in range(count)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield servers
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
