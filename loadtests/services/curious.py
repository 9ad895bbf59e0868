"""Somebody who reads while a seam moves: its checks want reads of every route to compare."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import cycle

import httpx

from loadtests.credentials import NoPassword, merchant_of
from loadtests.services.errors import BenchError
from loadtests.services.people import Customer, answered, products, register, sign_in

_PAUSE_S = 0.005
_Read = tuple[str, Mapping[str, str]]


@contextmanager
def curious(gateway: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Read on, as a customer and as the merchant of this environment, until the block ends."""
    done = threading.Event()
    thread = threading.Thread(target=_read_on, args=(gateway, environment, done))
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _read_on(gateway: str, environment: Mapping[str, str], done: threading.Event) -> None:
    with httpx.Client(base_url=gateway, timeout=10, trust_env=False) as client:
        try:
            reads = _reads(client, environment)
        except (httpx.HTTPError, BenchError, NoPassword):
            # It is the checks that judge, not we.
            return
        # As somebody new each time: who has just written is answered by the owner of the writes.
        for path, headers in cycle(reads):
            if done.wait(_PAUSE_S):
                return
            client.cookies.clear()
            with suppress(httpx.HTTPError):
                client.get(path, headers=headers)


def _reads(client: httpx.Client, environment: Mapping[str, str]) -> list[_Read]:
    ids, somebody = products(client, limit=50), register(client)
    merchant = sign_in(client, merchant_of(environment))
    order = _ordered(client, somebody, product=ids[0])
    _put_on_the_shelf(client, merchant, product=ids[0])
    reads: list[_Read] = []
    for key in ids:
        reads += [(f"/api/v1/{what}", {}) for what in (f"products/{key}", "products", "categories")]
        reads += [(f"/api/v1/stock/{key}", {})]
        reads += [(f"/api/v1/stock/{key}/adjustments", merchant), ("/api/v1/warehouses", merchant)]
        own = (f"carts/{somebody.id}", f"orders?customer_id={somebody.id}", f"orders/{order}")
        reads += [(f"/api/v1/{path}", somebody.headers) for path in own]
    return reads


def _ordered(client: httpx.Client, somebody: Customer, *, product: str) -> str:
    lines = [{"product_id": product, "quantity": 1}]
    body = {"customer_id": somebody.id, "lines": lines}
    made = answered(client, "POST", "/api/v1/orders", body=body, headers=somebody.headers)
    return str(made["id"])


def _put_on_the_shelf(client: httpx.Client, merchant: Mapping[str, str], *, product: str) -> None:
    """A page with nothing on it is compared, and says nothing."""
    places = answered(client, "GET", "/api/v1/warehouses", headers=merchant)["items"]
    path = f"/api/v1/stock/{product}/adjustments"
    change = {"warehouse": places[0]["slug"], "change": 1, "reason": "received", "note": "found"}
    answered(client, "POST", path, body=change, headers=merchant)
