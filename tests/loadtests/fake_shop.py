"""A small shop that speaks the API, remembers its writes, and breaks where it is told to."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.loadtests.fake_till import Till

CATEGORY = {"id": str(uuid.uuid4()), "slug": "lamps", "name": "Lamps"}
MERCHANT = "merchant@shop.example"
PASSWORD = "only the merchant knows"
# Open to everybody, besides the shelves.
OPEN = ("/customers", "/sessions", "/sessions/refresh")
Answer = tuple[int, dict[str, Any] | None]


class FakeShop:
    """Answers by key, as the real one does; `breaks(method, path)` cuts a connection instead.

    A cut comes after the write was done: the client has lost an acknowledgement, not a request.
    """

    def __init__(
        self, breaks: Callable[[str, str], bool] = lambda *_: False, *, token_lives_s: float = 900
    ) -> None:
        self.breaks = breaks
        self.token_lives_s = token_lives_s
        self.passwords: dict[str, str] = {MERCHANT: PASSWORD}
        # Access token: whose, and until when; refresh token: whose.
        self.tokens: dict[str, tuple[str, float]] = {}
        self.refresh_tokens: dict[str, str] = {}
        self.refuses: Answer | None = None
        # So many looks at a product find nothing, as at a replica that is behind.
        self.behind_by_looks = 0
        self.looks: Counter[str] = Counter()
        self.ways_in: set[str] = set()
        self.begun: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.products: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.till = Till(self.orders)
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
        if (answer := self.till.read(path)) is not None:
            return answer
        rows = self.products if path.startswith("/api/v1/products") else self.orders
        if path in {"/api/v1/products", "/api/v1/orders"}:
            return 200, {"items": list(rows.values())[-50:], "next_cursor": "next"}
        row = rows.get(path.rpartition("/")[2])
        self.looks[path] += 1
        if self.looks[path] <= self.behind_by_looks:
            row = None
        return (200, row) if row else (404, {"type": "urn:problem:product-not-found"})

    def write(self, method: str, path: str, key: str, body: dict[str, Any]) -> Answer:
        if self.refuses and not path.endswith(OPEN):
            return self.refuses
        if path.endswith(OPEN[1:]):
            self.ways_in.add(key)
        if key not in self.answers:
            self.applied[key] += 1
            last = path.rpartition("/")[2]
            apply = self._let_in if path.endswith(OPEN) else self._apply
            self.answers[key] = self.till.write(method, path, body) or apply(method, last, body)
        return self.answers[key]

    def admits(self, header: str | None) -> bool:
        """Whether the token is one of ours and has not ended."""
        _, ends_at = self.tokens.get((header or "").removeprefix("Bearer "), ("", 0.0))
        return ends_at > time.monotonic()

    def forget_tokens(self, *, refresh: bool = False) -> None:
        """Refuse every access token there is, as after the loss of a key; or end all sessions."""
        with self.lock:
            self.tokens.clear()
            if refresh:
                self.refresh_tokens.clear()

    def _let_in(self, _: str, last: str, body: dict[str, Any]) -> Answer:
        if last == "customers":
            self.passwords[body["email"]] = body["password"]
            return 201, {"id": str(uuid.uuid4()), "email": body["email"]}
        if last == "refresh":
            email = self.refresh_tokens.pop(body["refresh_token"], None)
        else:
            known = self.passwords.get(body["email"]) == body["password"]
            email = body["email"] if known else None
            self.begun[body["email"]] += 1
        if email is None:
            return 401, {"type": "urn:problem:session-ended"}
        token, refresh_token = uuid.uuid4().hex, uuid.uuid4().hex
        self.tokens[token] = (email, time.monotonic() + self.token_lives_s)
        self.refresh_tokens[refresh_token] = email
        return 201, {
            "access_token": token,
            "refresh_token": refresh_token,
            "expires_in_s": self.token_lives_s,
        }

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

    do_PATCH = do_PUT = do_DELETE = do_POST

    def _answer(self, ask: Callable[[dict[str, Any]], Answer]) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        is_open = self.path.endswith(OPEN) or (
            self.command == "GET" and not self.path.startswith("/api/v1/orders")
        )
        with self.shop.lock:
            if is_open or self.shop.admits(self.headers["Authorization"]):
                status, answer = ask(body)
            else:
                self.shop.refused[self.headers["Authorization"] or ""] += 1
                status, answer = 401, {"type": "urn:problem:invalid-token"}
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
