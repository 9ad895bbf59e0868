"""Somebody who may buy, and what there is to buy, over HTTP.

The people of the load (`journeys`) are not asked to come: they bring Locust, which changes the threads
and sockets of whoever imports it, and threads are what is measured with here.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from loadtests.credentials import Credentials
from loadtests.services.errors import BenchError

CUSTOMERS = "/api/v1/customers"
SESSIONS = "/api/v1/sessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer of their own, who is signed in."""

    id: str
    token: str

    @property
    def headers(self) -> Mapping[str, str]:
        return _bearer(self.token)


def register(client: httpx.Client) -> Customer:
    """Register somebody new and sign in; raises BenchError when the shop does not let them."""
    email, password = f"{uuid.uuid4().hex}@example.org", uuid.uuid4().hex
    body = {"email": email, "name": "Bench Customer", "password": password}
    made = answered(client, "POST", CUSTOMERS, body=body)
    token = _token(client, Credentials(email=email, password=password))
    return Customer(id=str(made["id"]), token=token)


def sign_in(client: httpx.Client, who: Credentials) -> Mapping[str, str]:
    """The headers of somebody who is known; raises BenchError when the shop does not let them in."""
    return _bearer(_token(client, who))


def _token(client: httpx.Client, who: Credentials) -> str:
    body = {"email": who.email, "password": who.password}
    return str(answered(client, "POST", SESSIONS, body=body)["access_token"])


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def products(client: httpx.Client, *, limit: int) -> list[str]:
    """The ids of some products; raises BenchError for an empty shop."""
    page = answered(client, "GET", f"/api/v1/products?limit={limit}")
    if not page["items"]:
        raise BenchError("there is nothing in the shop")
    return [str(item["id"]) for item in page["items"]]


def answered(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One request; a write gets a key. Raises BenchError for any answer but a good one."""
    keyed = {} if method == "GET" else {"Idempotency-Key": str(uuid.uuid4())}
    answer = client.request(method, path, json=body, headers={**keyed, **(headers or {})})
    if not answer.is_success:
        raise BenchError(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found
