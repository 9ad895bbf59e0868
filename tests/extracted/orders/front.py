"""The shop's gateway, as orders see it: customers, and products when the catalog does not answer."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

AT = "2026-03-01T12:00:00.000000Z"


class Front(ThreadingHTTPServer):
    """Knows some customers and products, notes who asks, and can be away."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.known: dict[str, Any] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.is_away = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def add_customer(self, name: str = "Ada") -> UUID:
        key = uuid7()
        customer = {"id": str(key), "email": f"{name}@shop.example", "name": name, "created_at": AT}
        self.known[f"/api/v1/customers/{key}"] = customer
        return key

    def add_product(self, amount: int = 1250, *, name: str = "A bear") -> UUID:
        key = uuid7()
        self.known[f"/api/v1/products/{key}"] = {
            "id": str(key),
            "sku": f"S-{key.hex[-12:]}",
            "name": name,
            "description": "",
            "category": {"id": str(uuid7()), "slug": "toys", "name": "Toys"},
            "price": {"amount": amount, "currency": "EUR"},
            "version": 1,
            "created_at": AT,
            "updated_at": AT,
        }
        return key

    def forget(self, key: UUID) -> None:
        """Let there be no such customer or product any more."""
        self.known = {path: it for path, it in self.known.items() if not path.endswith(str(key))}


class _Answer(BaseHTTPRequestHandler):
    server: Front

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        found = self.server.known.get(self.path)
        status = 502 if self.server.is_away else 404 if found is None else 200
        body = json.dumps(found).encode() if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        del args
