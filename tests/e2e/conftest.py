"""People in the shop, and the verdict on every write of theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.files import RunFiles
from loadtests.ledger import read_ledger
from loadtests.run import Crowd, Load
from loadtests.verdict import Verdict, judge
from loadtests.witness import Databases, hear
from tests.conftest import System
from tests.strangling.waiting import eventually

SETTLE_S = 60.0


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

    def acknowledged(self) -> int:
        if not self._files.ledger.exists():
            return 0
        return sum(intent.acknowledged for intent in read_ledger(self._files.ledger))

    def write_more(self, count: int = 20, *, timeout_s: float = 30) -> None:
        """Wait until so many more writes were acknowledged."""
        goal = self.acknowledged() + count
        eventually(
            lambda: self.acknowledged() >= goal,
            what=f"{count} more acknowledged writes; see {self._files.log}",
            timeout_s=timeout_s,
        )

    def go_home(self) -> None:
        self._crowd.stop()

    def verdict(self) -> Verdict:
        """End the load, let the streams come to rest, and judge."""
        self.go_home()
        databases = Databases.of_environment(self._system.variables)
        return judge(read_ledger(self._files.ledger), hear(databases, settle_s=SETTLE_S))


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
    """Bring the seam to a position, whichever way it lies."""

    ladder = ("monolith", "shadow", "canary-5", "canary-25", "canary-50", "canary-100", "cutover")

    def move(goal: str) -> None:
        place = system.position()
        if place != goal:
            verb = "advance" if ladder.index(goal) > ladder.index(place) else "retreat"
            assert system.strangler(verb, "catalog", "--to", goal)["ok"]

    return move
