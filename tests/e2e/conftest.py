"""People in the shop, and the verdict on every write of theirs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from loadtests.files import RunFiles
from loadtests.hearing import judge_run
from loadtests.ledger import Intent, read_ledger
from loadtests.run import Crowd, Load
from loadtests.verdict import Verdict
from tests.conftest import System
from tests.signing_in import a_new_customer
from tests.strangling.waiting import eventually

SETTLE_S = 150.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


class People:
    """Locust's users, as the load test knows them, and the ledger they write."""

    def __init__(self, system: System, folder: Path) -> None:
        self._system = system
        self._files = RunFiles(folder)
        load = Load(host=system.gateway, users=12, rate=50, spawn_rate=12)
        self._crowd = Crowd(load, self._files, environment=system.environment())
        self._customer, self._who = a_new_customer(system.monolith)

    def ledger(self) -> list[Intent]:
        return read_ledger(self._files.ledger) if self._files.ledger.exists() else []

    def acknowledged(self) -> int:
        return sum(intent.acknowledged for intent in self.ledger())

    def write_more(self, count: int = 20, *, timeout_s: float = 30) -> None:
        """Wait until so many more writes were acknowledged."""
        goal = self.acknowledged() + count
        eventually(
            lambda: self.acknowledged() >= goal,
            what=f"{count} more acknowledged writes; see {self._files.log}",
            timeout_s=timeout_s,
        )

    def place_an_order(self) -> str:
        """Let the buyer place one order by hand; returns its path."""
        with self._buyer() as buyer:
            product = buyer.get("/api/v1/products?limit=1").json()["items"][0]["id"]
            placed = buyer.post(
                "/api/v1/orders",
                json={
                    "customer_id": self._customer,
                    "lines": [{"product_id": product, "quantity": 1}],
                },
                headers={"Idempotency-Key": str(uuid4())},
            )
        assert placed.status_code == 201, placed.text
        return f"/api/v1/orders/{placed.json()['id']}"

    def mails_of(self, order: str) -> list[dict[str, Any]]:
        """The mails about an order, as the buyer is shown them."""
        items: list[dict[str, Any]] = self.asks(f"{order}/mails").json()["items"]
        return items

    def asks(self, path: str) -> httpx.Response:
        """What the buyer is answered."""
        with self._buyer() as buyer:
            return buyer.get(path)

    @property
    def address(self) -> str:
        """Where the buyer's mails go."""
        return self._who.email

    def _buyer(self) -> httpx.Client:
        return httpx.Client(base_url=self._system.gateway, auth=self._who, timeout=15)

    def go_home(self) -> None:
        self._crowd.stop()

    def verdict(self, *, settle_s: float = SETTLE_S) -> Verdict:
        """End the load, let the streams come to rest, and judge."""
        self.go_home()
        return judge_run(self._files.ledger, self._system.variables, settle_s=settle_s)


@pytest.fixture
def people(system: System, tmp_path: Path) -> Iterator[People]:
    people = People(system, tmp_path)
    try:
        people.write_more(10, timeout_s=60)
        yield people
    finally:
        people.go_home()


@pytest.fixture
def at(system: System):
    """Bring a seam to a position, whichever way it lies."""

    def move(goal: str, *, seam: str = "catalog") -> None:
        status = system.strangler("status", seam)
        place, ladder = status["position"], status["positions"]
        if place != goal:
            verb = "advance" if ladder.index(goal) > ladder.index(place) else "retreat"
            assert system.strangler(verb, seam, "--to", goal)["ok"]

    return move
