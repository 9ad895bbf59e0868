"""Chores: one that fails is told of and holds up no other, and stops being told of once it works."""

import threading
from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest

from extracted.chassis.chores import Chore, work
from extracted.chassis.database import Database
from handover.probe import serve_probe
from handover.process import Standing
from tests.extracted.running import until
from tests.free_ports import free_port


class Household:
    """Two chores: one that fails when told to, and one that works."""

    def __init__(self) -> None:
        self.standing = Standing()
        self.is_failing = True
        self.done = dict.fromkeys(("bad", "good"), 0)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/readyz"
        self._probe = serve_probe(
            host="127.0.0.1", port=port, trouble=lambda: self.standing.trouble
        )
        chores = [Chore(name=name, every_s=0, do=getattr(self, name)) for name in self.done]
        self._thread = threading.Thread(
            target=work, args=(cast("Database", None), chores, self.standing), daemon=True
        )
        self._thread.start()

    def bad(self, _: Database) -> None:
        self.done["bad"] += 1
        if self.is_failing:
            msg = "not today"
            raise RuntimeError(msg)

    def good(self, _: Database) -> None:
        self.done["good"] += 1

    def readiness(self) -> tuple[int, str]:
        answer = httpx.get(self.url, trust_env=False)
        return answer.status_code, answer.text.strip()

    def close(self) -> None:
        self.standing.stop.set()
        self._thread.join(5)
        assert not self._thread.is_alive()
        self._probe.shutdown()
        self._probe.server_close()


@pytest.fixture
def household() -> Iterator[Household]:
    household = Household()
    yield household
    household.close()


def test_a_chore_that_fails_is_told_of_and_the_others_go_on(household: Household) -> None:
    until(lambda: household.done["good"] > 2)
    assert household.readiness() == (503, "bad: RuntimeError('not today')")
    assert household.done["bad"] > 1, "the next turn may do better"
    household.is_failing = False
    until(lambda: household.readiness() == (200, "ready"))


def test_each_chore_has_its_own_time() -> None:
    standing, now = Standing(), [0.0]
    done: list[tuple[float, str]] = []

    def note(name: str) -> Any:
        def do(_: Database) -> None:
            done.append((now[0], name))

        return do

    class Turns(threading.Event):
        """The stop signal; each wait for it is a second, and the sixth is the last."""

        def wait(self, timeout: float | None = None) -> bool:
            now[0] += 1
            if now[0] == 6:
                self.set()
            return self.is_set()

    standing.stop = Turns()  # type: ignore[assignment]
    chores = (
        Chore(name="often", every_s=2, do=note("often")),
        Chore(name="rarely", every_s=5, do=note("rarely")),
    )
    work(cast("Database", None), chores, standing, clock=lambda: now[0])
    assert done == [(0, "often"), (0, "rarely"), (2, "often"), (4, "often"), (5, "rarely")]
