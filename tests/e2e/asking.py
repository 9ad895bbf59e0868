"""What people ask of a seam: reads that show something, and writes that somebody may repeat for ever."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from tests.conftest import System
from tests.signing_in import a_new_customer
from tests.strangling.conftest import new_product
from tests.strangling.waiting import eventually

API = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """One person: what they read, and what they write, a bit different each time."""

    who: httpx.Auth
    # Whether whoever reads has to say so.
    signed_in: bool
    read: str
    method: str
    path: str
    body: Callable[[], Mapping[str, Any]]


def asker(system: System, seam: str) -> Asker:
    """Somebody for whom all sides show something."""
    return _ASKERS[seam](system)


def _of_the_catalog(system: System) -> Asker:
    path, numbers = f"{API}/products/{_a_product(system)}", count()
    return Asker(
        who=system.signed_in("merchant"),
        signed_in=False,
        read=path,
        method="PATCH",
        path=path,
        body=lambda: {"price": {"amount": 100 + next(numbers) % 900, "currency": "EUR"}},
    )


def _of_the_stock(system: System) -> Asker:
    path, numbers = f"{API}/stock/{_a_product(system)}", count()
    received = {"warehouse": "main", "reason": "received"}
    return Asker(
        who=system.signed_in("merchant"),
        signed_in=False,
        read=path,
        method="POST",
        path=f"{path}/adjustments",
        body=lambda: {**received, "change": 1 + next(numbers) % 9},
    )


def _of_a_cart(system: System) -> Asker:
    me, who = a_new_customer(system.monolith)
    path, numbers = f"{API}/carts/{me}", count()
    return Asker(
        who=who,
        signed_in=True,
        read=path,
        method="PUT",
        path=f"{path}/lines/{_a_product(system)}",
        body=lambda: {"quantity": 1 + next(numbers) % 9},
    )


_ASKERS: Mapping[str, Callable[[System], Asker]] = {
    "catalog": _of_the_catalog,
    "inventory": _of_the_stock,
    "orders": _of_a_cart,
}


def _a_product(system: System) -> str:
    """One that nobody deletes, once both sides show it."""
    with httpx.Client(base_url=system.gateway, auth=system.signed_in("merchant")) as client:
        category = client.get(f"{API}/categories").json()["items"][0]["slug"]
        headers = {"Idempotency-Key": str(uuid4())}
        product = new_product(category=category)
        made = client.post(f"{API}/products", json=product, headers=headers)
    assert made.status_code == 201, made.text
    path = f"{API}/products/{made.json()['id']}"
    for side in (system.monolith, system.instances("catalog")[0]):
        eventually(lambda: httpx.get(side + path).is_success, what=f"{side} to show {path}")  # noqa: B023
    return str(made.json()["id"])
