"""Who asks orders, and whom orders ask."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from tests.extracted.running import Program


@dataclass(frozen=True)
class Neighbors:
    """Inventory, payments and catalog: what they shall do, and what they were asked."""

    program: Program

    def plan(self, **methods: Any) -> None:
        """payments__capture=[{"how": "crash"}] plans what the next calls come to."""
        plan = {name.replace("__", "."): steps for name, steps in methods.items()}
        self.program.http.put("/plan", content=json.dumps(plan)).raise_for_status()

    def price(self, key: UUID, amount: int, *, name: str = "A bear") -> None:
        prices = {str(key): {"name": name, "amount": amount}}
        self.program.http.put("/prices", content=json.dumps(prices)).raise_for_status()

    def forget(self) -> None:
        self.program.http.put("/forget").raise_for_status()

    @property
    def asked(self) -> list[str]:
        """The names of the writes asked for, in order."""
        found = self.program.http.get("/asked").json()
        return [name for name, _ in found if not name.startswith("catalog")]

    def ids_of(self, method: str, name: str) -> set[str]:
        """Under which ids a method was asked."""
        found = self.program.http.get("/asked").json()
        return {arguments[name] for asked, arguments in found if asked == method}

    @property
    def books(self) -> Any:
        return self.program.http.get("/books").json()

    def ends(self) -> tuple[list[str], list[str]]:
        """The standings of all reservations and of all payments."""
        books = self.books
        return (
            [one["status"] for one in books["reservations"].values()],
            [one["status"] for one in books["payments"].values()],
        )


@dataclass(frozen=True)
class Buyer:
    """A customer with a token and a product to buy, at the service."""

    program: Program
    token: str
    id: UUID
    product: UUID

    def ask(
        self, method: str, path: str, body: Any = None, *, key: UUID | None = None, token: str = ""
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        if method != "GET":
            headers["Idempotency-Key"] = str(key or uuid7())
        return self.program.http.request(method, f"/api/v1{path}", json=body, headers=headers)

    def place(self, quantity: int = 2, *, key: UUID | None = None) -> httpx.Response:
        lines = [{"product_id": str(self.product), "quantity": quantity}]
        body = {"customer_id": str(self.id), "lines": lines}
        return self.ask("POST", "/orders", body, key=key)

    def fill(self, quantity: int = 2) -> httpx.Response:
        path = f"/carts/{self.id}/lines/{self.product}"
        return self.ask("PUT", path, {"quantity": quantity})

    def check_out(self, card: str = "tok_approve", *, key: UUID | None = None) -> httpx.Response:
        return self.ask("POST", f"/carts/{self.id}/checkout", {"card_token": card}, key=key)

    def buy(self) -> httpx.Response:
        assert self.fill().status_code == 200
        return self.check_out()

    def cart(self) -> Any:
        return self.ask("GET", f"/carts/{self.id}").json()
