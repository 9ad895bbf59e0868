"""Orders that own their writes: a database, a broker, neighbors to ask, a gateway, an issuer of tokens."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from tests.extracted.orders.front import Front
from tests.extracted.orders.home import Home, opened
from tests.extracted.running import Program, Start, until
from tests.extracted.test_auth import Issuer

SERVICE = ("-m", "extracted.orders")
NEIGHBORS = str(Path(__file__).parents[1] / "programs" / "neighbors.py")


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


@pytest.fixture(scope="module")
def home(servers: Mapping[str, str]) -> Iterator[Home]:
    with opened() as home:
        yield home


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    front = Front()
    yield front
    front.close()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """The monolith: it publishes keys, and takes the writes that are passed on to it."""
    issuer = Issuer()
    issuer.add("a")
    yield issuer
    issuer.shutdown()
    issuer.server_close()


@pytest.fixture(scope="module")
def variables(home: Home, shared_vhost: str, issuer: Issuer, front: Front) -> dict[str, str]:
    """What a process of these orders is told."""
    neighbors = {"MONOLITH_URL": issuer.url, "SHOP_URL": front.url}
    return {**home.variables, **neighbors, "AMQP_URL": shared_vhost, "AUTH_REQUIRED": "on"}


@pytest.fixture(scope="module")
def running_neighbors(start: Start, variables: Mapping[str, str]) -> Iterator[Neighbors]:
    program = start(NEIGHBORS, "inventory", "payments", "catalog", **variables)
    neighbors = Neighbors(program)
    until(lambda: neighbors.books["is_started"])
    yield neighbors
    program.stop()


@pytest.fixture
def neighbors(running_neighbors: Neighbors) -> Neighbors:
    running_neighbors.forget()
    return running_neighbors


@pytest.fixture(scope="module")
def service(start: Start, variables: Mapping[str, str]) -> Iterator[Program]:
    program = start(*SERVICE, "serve", **variables)
    yield program
    program.stop()


@pytest.fixture
def buyer(
    service: Program, neighbors: Neighbors, front: Front, issuer: Issuer, home: Home
) -> Iterator[Buyer]:
    """A new customer, and a new product that costs 12.50."""
    product, customer = front.add_product(), front.add_customer()
    neighbors.price(product, 1250)
    yield Buyer(service, issuer.token(sub=str(customer)), customer, product)
    front.is_away = False
    home.empty()
