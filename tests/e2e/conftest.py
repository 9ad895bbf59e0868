"""People in the shop, and the verdict on every write of theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.files import RunFiles
from loadtests.hearing import judge_run
from loadtests.ledger import Intent, read_ledger
from loadtests.run import Crowd, Load
from loadtests.verdict import Verdict
from tests.conftest import System
from tests.waiting import eventually

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

    def go_home(self) -> None:
        self._crowd.stop()

    def verdict(self, *, settle_s: float = SETTLE_S) -> Verdict:
        """End the load, let everything come to rest, and judge."""
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
