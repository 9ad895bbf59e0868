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
from tests.e2e.asking import Asker, asker
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
    def kind(self) -> str:
        return "read" if self.method == "GET" else "write"

    @property
    def failed(self) -> bool:
        return not self.outcome.startswith("2")


class Knocks:
    """Everything that was asked so far."""

    def __init__(self) -> None:
        self.all: list[Knock] = []

    @property
    def count(self) -> Counter[str]:
        """Requests, reads and writes."""
        return Counter(knock.kind for knock in self.all)

    @property
    def failures(self) -> Counter[tuple[str, str]]:
        """How many failed, by kind and outcome."""
        return Counter((knock.kind, knock.outcome) for knock in self.all if knock.failed)

    @property
    def slowest_ms(self) -> float:
        return max(knock.ms for knock in self.all)

    def go_on(self, requests: int = 300) -> None:
        """Wait until there were so many more, of both kinds."""
        goals = {
            kind: self.count[kind] + n
            for kind, n in (("read", requests), ("write", requests // 10))
        }
        eventually(
            lambda: all(self.count[kind] >= goal for kind, goal in goals.items()),
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
def knocking(system: System, seam: str = "catalog") -> Iterator[Knocks]:
    """People read, half of them as strangers, and others write, until the block ends."""
    knocks, over = Knocks(), threading.Event()
    askers = [asker(system, seam) for _ in range(WRITERS)]

    def read(number: int) -> None:
        one = askers[number % WRITERS]
        client = reader(one)
        while not over.wait(PAUSE_S):
            knocks.ask(client, "GET", one.read)
            if number < READERS // 2:
                # Without a connection too: of it the embedded gateway makes the cookie that keeps a side.
                client.close()
                client = reader(one)
        client.close()

    def reader(one: Asker) -> httpx.Client:
        who = one.who if one.signed_in else None
        # Without `verify` each of them would read all certificates there are, for a plain address.
        return httpx.Client(base_url=system.gateway, auth=who, timeout=15, verify=False)

    def write(number: int) -> None:
        one = askers[number]
        with httpx.Client(base_url=system.gateway, auth=one.who, timeout=15) as client:
            while not over.wait(10 * PAUSE_S):
                headers = {"Idempotency-Key": str(uuid4())}
                knocks.ask(client, one.method, one.path, json=one.body(), headers=headers)

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
