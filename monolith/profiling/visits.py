"""What is profiled: one request of each of the three endpoints that take most of the time.

Which these are, a load test says: `make load` shows each request's share of the time. Everything goes
through the whole WSGI application, as under gunicorn, but without a socket.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.test import Client

MERCHANT = "merchant@shop.example"
Visit = Callable[[], Any]
"""Send one request; returns the answer."""


class Refused(Exception):
    """The shop does not do what is to be profiled; the text says what it answered."""


class Visitor:
    """Somebody at the shop's door, signed in."""

    def __init__(self, email: str, password: str) -> None:
        self._client = Client()
        self._token = ""
        session = self.post("/sessions", {"email": email, "password": password})
        self._token = session["access_token"]

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, body: object) -> Any:
        return self._ask("POST", path, body)

    def patch(self, path: str, body: object) -> Any:
        return self._ask("PATCH", path, body)

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        sent = b"" if body is None else json.dumps(body).encode()
        answer = self._client.generic(method, f"/api/v1{path}", sent, headers=headers)
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            raise Refused(f"{method} {path}: {answer.content.decode()}")
        return json.loads(answer.content)


def hottest(merchant: Visitor, *, door: Callable[[str, str], Visitor]) -> dict[str, Visit]:
    """The three hottest endpoints by name; raises Refused when the shop is not filled."""
    products = [item["id"] for item in merchant.get("/products?limit=100")["items"]]
    categories = [item["slug"] for item in merchant.get("/categories")["items"]]
    if not products:
        raise Refused("there are no products: make seed")
    prices = itertools.count(100)
    chosen = itertools.cycle(products)
    lists = _lists(categories)
    customer, buyer = _buyer(door)

    def change_a_price() -> Any:
        price = {"amount": next(prices), "currency": "EUR"}
        return merchant.patch(f"/products/{next(chosen)}", {"price": price})

    def place_an_order() -> Any:
        wanted = {next(chosen) for _ in range(3)}
        lines = [{"product_id": product, "quantity": 1} for product in wanted]
        return buyer.post("/orders", {"customer_id": customer, "lines": lines})

    return {
        "list products": lambda: merchant.get(next(lists)),
        "change a price": change_a_price,
        "place an order": place_an_order,
    }


def _lists(categories: list[str]) -> Iterator[str]:
    """The ways in which people of the load tests list products, in turn."""
    for number, slug in enumerate(itertools.cycle(categories)):
        least = 100 + 50 * (number % 100)
        yield f"/products?category={slug}&sort=newest&limit=20"
        yield f"/products?min_price={least}&max_price={least + 5_000}&sort=price&limit=20"
        yield "/products?search=lamp&limit=20"


def _buyer(door: Callable[[str, str], Visitor]) -> tuple[str, Visitor]:
    email, password = f"{uuid4().hex}@example.org", uuid4().hex
    stranger = Client()
    made = stranger.post(
        "/api/v1/customers",
        {"email": email, "name": "Profile", "password": password},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    if made.status_code != HTTPStatus.CREATED:
        raise Refused(f"POST /customers: {made.content.decode()}")
    return str(made.json()["id"]), door(email, password)
