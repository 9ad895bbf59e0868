"""The parts of a small shop where people pay: carts, stock, and what becomes of an order."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from typing import Any

Answer = tuple[int, dict[str, Any] | None]
WAREHOUSE = {"id": str(uuid.uuid4()), "slug": "north", "name": "North"}
_STOCK = re.compile(r"/api/v1/stock/([^/]+)(/adjustments)?$")
_CART = re.compile(r"/api/v1/carts/[^/]+(/checkout|/lines/[^/]+)?$")
_ORDER = re.compile(r"/api/v1/orders/([^/]+)/(cancel|refund)$")


class Till:
    """Plenty of everything, and one bank that knows which cards are bad."""

    def __init__(self, orders: dict[str, dict[str, Any]]) -> None:
        self.orders = orders
        self.adjustments: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def read(self, path: str) -> Answer | None:
        """Answer, or None for what is none of ours."""
        if path == "/api/v1/warehouses":
            return 200, {"items": [WAREHOUSE]}
        if _CART.match(path):
            return 200, {"lines": []}
        if found := _STOCK.match(path):
            product, is_list = found.groups()
            reasons = self.adjustments[product]
            return 200, {"items": reasons[::-1]} if is_list else {"available": 99}
        return None

    def write(self, method: str, path: str, body: dict[str, Any]) -> Answer | None:
        """Answer, or None for what is none of ours."""
        if found := _STOCK.match(path):
            made = {**body, "id": str(uuid.uuid4()), "on_hand": 99}
            self.adjustments[found[1]].append(made)
            return 201, made
        if found := _ORDER.match(path):
            order = self.orders[found[1]]
            order["version"] += 1
            return 200, order
        if found := _CART.match(path):
            return self._check_out(body) if found[1] == "/checkout" else (200, {"version": 1})
        return None

    def _check_out(self, body: dict[str, Any]) -> Answer:
        if body["card_token"] == "tok_decline":
            return 402, {"type": "urn:problem:payment-declined"}
        reference = body["client_reference"]
        order = {"client_reference": reference, "id": str(uuid.uuid4()), "version": 2}
        self.orders[order["id"]] = order
        return 201, order
