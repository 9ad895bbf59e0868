"""The shop's gateway, as a service sees it that asks whether there is a product."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Front(ThreadingHTTPServer):
    """Knows some products, notes who asks, and can be away."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.known: set[str] = set()
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        # So many of the next questions find nobody.
        self.away_for = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: Front

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        if self.server.away_for:
            self.server.away_for -= 1
            status = 502
        else:
            status = 200 if self.path.rpartition("/")[2] in self.server.known else 404
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        del args
