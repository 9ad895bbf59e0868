"""A small shop that speaks the API, remembers its writes, and breaks where it is told to."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

CATEGORY = {"id": str(uuid.uuid4()), "slug": "lamps", "name": "Lamps"}
Answer = tuple[int, dict[str, Any] | None]


class FakeShop:
    """Answers by key, as the real one does; `breaks(method, path)` cuts a connection instead.

    A cut comes after the write was done: the client has lost an acknowledgement, not a request.
    """

    def __init__(self, breaks: Callable[[str, str], bool] = lambda *_: False) -> None:
        self.breaks = breaks
        self.products: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: Counter[tuple[str, str]] = Counter()
        self.applied: Counter[str] = Counter()
        self.lock = threading.Lock()
        for number in range(60):
            self._new_product({"sku": f"SEED-{number}", "name": f"Seeded lamp {number}"})
        handler = type("Handler", (_Handler,), {"shop": self})
        self.server = _Server(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def read(self, path: str) -> Answer:
        path, _, _ = path.partition("?")
        if path == "/api/v1/categories":
            return 200, {"items": [CATEGORY]}
        if path == "/api/v1/customers":
            return 200, {"items": [{"id": str(uuid.uuid4())}], "next_cursor": None}
        rows = self.products if path.startswith("/api/v1/products") else self.orders
        if path in {"/api/v1/products", "/api/v1/orders"}:
            return 200, {"items": list(rows.values())[-50:], "next_cursor": "next"}
        row = rows.get(path.rpartition("/")[2])
        return (200, row) if row else (404, {"type": "urn:problem:product-not-found"})

    def write(self, method: str, path: str, key: str, body: dict[str, Any]) -> Answer:
        if key not in self.answers:
            self.applied[key] += 1
            self.answers[key] = self._apply(method, path.rpartition("/")[2], body)
        return self.answers[key]

    def _apply(self, method: str, last: str, body: dict[str, Any]) -> Answer:
        if method == "POST" and last == "products":
            return 201, self._new_product(body)
        if method == "POST":
            order = {**body, "id": str(uuid.uuid4()), "version": 1}
            self.orders[order["id"]] = order
            return 201, order
        if last not in self.products:
            return 404, {"type": "urn:problem:product-not-found"}
        if method == "DELETE":
            del self.products[last]
            return 204, None
        row = self.products[last]
        self.products[last] = {**row, **body, "version": row["version"] + 1}
        return 200, self.products[last]

    def _new_product(self, body: dict[str, Any]) -> dict[str, Any]:
        row = {**body, "id": str(uuid.uuid4()), "category": CATEGORY, "version": 1}
        self.products[row["id"]] = row
        return row


class _Server(ThreadingHTTPServer):
    # Ten people come in within a second; the library's five would be turned away for one.
    request_queue_size = 64


class _Handler(BaseHTTPRequestHandler):
    shop: FakeShop
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(lambda body: self.shop.read(self.path))

    def do_POST(self) -> None:
        key = self.headers["Idempotency-Key"]
        self._answer(lambda body: self.shop.write(self.command, self.path, key, body))

    do_PATCH = do_DELETE = do_POST

    def _answer(self, ask: Callable[[dict[str, Any]], Answer]) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        with self.shop.lock:
            status, answer = ask(body)
            broken = self.shop.breaks(self.command, self.path)
            self.shop.asked[self.command, self.path] += 1
        if broken:
            self.close_connection = True
            return
        content = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("X-Served-By", "monolith")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Stay quiet: a test's output is its own."""
