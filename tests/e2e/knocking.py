"""Requests through the gateway, one after the other and never repeated: each failure is seen."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx

from tests.conftest import System
from tests.strangling.conftest import new_product
from tests.strangling.waiting import eventually

READERS = 4
WRITERS = 2
# Enough for both of two cores to have something to do, and not so much that nothing else gets any.
PAUSE_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """One request, and how it ended: its status, or what was raised."""

    at: float
    method: str
    outcome: str
    ms: float

    @property
    def failed(self) -> bool:
        return not self.outcome.startswith("2")


class Knocks:
    """Everything that was asked so far."""

    def __init__(self) -> None:
        self.all: list[Knock] = []

    @property
    def count(self) -> Counter[str]:
        """Requests by method."""
        return Counter(knock.method for knock in self.all)

    @property
    def failures(self) -> Counter[tuple[str, str]]:
        """How many failed, by method and outcome."""
        return Counter((knock.method, knock.outcome) for knock in self.all if knock.failed)

    @property
    def slowest_ms(self) -> float:
        return max(knock.ms for knock in self.all)

    def go_on(self, requests: int = 300) -> None:
        """Wait until there were so many more, of both kinds."""
        goals = {
            method: self.count[method] + n
            for method, n in (("GET", requests), ("PATCH", requests // 10))
        }
        eventually(
            lambda: all(self.count[method] >= goal for method, goal in goals.items()),
            what=f"{goals} requests; there were {self.count}",
            timeout_s=60,
        )

    def ask(self, client: httpx.Client, method: str, path: str, **options: object) -> None:
        began = time.monotonic()
        try:
            outcome = str(client.request(method, path, **options).status_code)  # type: ignore[arg-type]
        except httpx.TransportError as error:
            outcome = type(error).__name__
        ms = 1000 * (time.monotonic() - began)
        self.all.append(Knock(at=began, method=method, outcome=outcome, ms=ms))


@contextmanager
def knocking(system: System) -> Iterator[Knocks]:
    """People read, half of them as strangers, and merchants change prices, until the block ends."""
    knocks, over = Knocks(), threading.Event()
    paths = [a_product(system) for _ in range(WRITERS)]

    def read(number: int) -> None:
        with httpx.Client(base_url=system.gateway, timeout=15) as client:
            while not over.wait(PAUSE_S):
                if number % 2:
                    client.cookies.clear()
                knocks.ask(client, "GET", paths[len(knocks.all) % len(paths)])

    def write(number: int) -> None:
        merchant = system.signed_in("merchant")
        with httpx.Client(base_url=system.gateway, auth=merchant, timeout=15) as client:
            while not over.wait(10 * PAUSE_S):
                price = {"amount": 100 + len(knocks.all) % 900, "currency": "EUR"}
                headers = {"Idempotency-Key": str(uuid4())}
                body = {"price": price}
                knocks.ask(client, "PATCH", paths[number], json=body, headers=headers)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(READERS)]
    threads += [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        knocks.go_on()
        yield knocks
    finally:
        over.set()
        for thread in threads:
            thread.join()


def a_product(system: System) -> str:
    """The path of one that nobody deletes, once both sides show it."""
    with httpx.Client(base_url=system.gateway, auth=system.signed_in("merchant")) as client:
        category = client.get("/api/v1/categories").json()["items"][0]["slug"]
        headers = {"Idempotency-Key": str(uuid4())}
        product = new_product(category=category)
        made = client.post("/api/v1/products", json=product, headers=headers)
    assert made.status_code == 201, made.text
    path = f"/api/v1/products/{made.json()['id']}"
    for side in (system.monolith, system.instances("catalog")[0]):
        eventually(lambda: httpx.get(side + path).is_success, what=f"{side} to show {path}")  # noqa: B023
    return path
