"""Merchants who change their own products at a pace, whoever owns the catalog meanwhile."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from loadtests.services.pace import SILENCE, Ask, Pace
from loadtests.services.people import SESSIONS, answered
from loadtests.services.shop import Shop

WRITERS = 32
PRODUCTS = "/api/v1/products"
RENEW_S = 600.0
PATIENCE_S = 15.0
FOREVER_S = 86_400.0


class Merchant:
    """One person who signs in again before the token ends; all writers share them."""

    def __init__(self, shop: Shop, client: httpx.Client) -> None:
        self._shop, self._client = shop, client
        self._token, self._signed_in_at = "", -RENEW_S

    def headers(self) -> dict[str, str]:
        if time.monotonic() - self._signed_in_at >= RENEW_S:
            self._signed_in_at = time.monotonic()
            who = {
                "email": "merchant@shop.example",
                "password": self._shop.environment["SEED_PASSWORD"],
            }
            session = answered(self._client, "POST", SESSIONS, body=who)
            self._token = str(session["access_token"])
        return {"Authorization": f"Bearer {self._token}"}


@contextmanager
def writing(shop: Shop, *, rate: float) -> Iterator[Pace]:
    """Write at this rate until the block ends; `stop()` of what it yields has the samples."""
    limits = httpx.Limits(max_connections=2 * WRITERS, max_keepalive_connections=2 * WRITERS)
    with httpx.Client(
        base_url=shop.gateway, timeout=PATIENCE_S, limits=limits, trust_env=False
    ) as client:
        merchant = Merchant(shop, client)
        own = [_product(client, merchant) for _ in range(WRITERS)]

        def writer(number: int) -> Ask:
            return lambda turn: _change(client, merchant, own[number], price=100 + turn % 1_000)

        pace = Pace(writer, rate=rate, workers=WRITERS)
        pace.begin(seconds=FOREVER_S)
        try:
            yield pace
        finally:
            pace.stop()


def _product(client: httpx.Client, merchant: Merchant) -> str:
    categories = answered(client, "GET", "/api/v1/categories")["items"]
    body = {
        "sku": f"B-{uuid.uuid4()}",
        "name": "A product of the bench",
        "category": categories[0]["slug"],
        "price": {"amount": 100, "currency": "EUR"},
    }
    made = answered(client, "POST", PRODUCTS, body=body, headers=merchant.headers())
    return str(made["id"])


def _change(client: httpx.Client, merchant: Merchant, product: str, *, price: int) -> int:
    headers = {"Idempotency-Key": str(uuid.uuid4()), **merchant.headers()}
    body = {"price": {"amount": price, "currency": "EUR"}}
    try:
        answer = client.patch(f"{PRODUCTS}/{product}", json=body, headers=headers)
    except httpx.TransportError:
        return SILENCE
    return answer.status_code
