"""A suite is run with the servers' addresses, and with nobody else's."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from stack import suites, testing
from stack.lanes import LANES, PURE, Lane, Speed, Suite, run_lane


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would have been started, and in which environment."""
    seen: list[dict[str, Any]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        seen.append({"command": command, **options})
        return subprocess.CompletedProcess(command, 0, "")

    monkeypatch.setattr(subprocess, "run", run)
    return seen


def run_one(variables: dict[str, str], *, speed: Speed = Speed.QUICK) -> None:
    suite = Suite(name="plain", places=("tests/docs",), has_floor=True)
    ended: list[Suite] = []
    (outcome,) = run_lane([suite], variables=variables, speed=speed, shown=True, ended=ended.append)
    assert outcome.passed
    assert ended == [suite]


def test_no_gateway_is_taken_for_a_real_kong(
    runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONG_PROXY_URL", "http://elsewhere")
    run_one({"KONG_ADMIN_URL": "http://not-running", "AMQP_URL": "amqp://running"})
    environment = runs[0]["env"]
    assert environment["AMQP_URL"] == "amqp://running"
    assert not [name for name in environment if name.startswith("KONG_")]
    assert environment["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(
    ("speed", "wanted", "measured"),
    [(Speed.QUICK, "not slow", True), (Speed.SLOW, "slow", False), (Speed.ALL, None, True)],
)
def test_a_speed_selects_tests_and_the_slow_alone_are_not_measured(
    runs: list[dict[str, Any]], speed: Speed, wanted: str | None, measured: bool
) -> None:
    run_one({}, speed=speed)
    command = runs[0]["command"]
    selected = [word for word in command if word in {"slow", "not slow"}]
    assert selected == ([wanted] if wanted else [])
    assert ("slipcover" in command) is measured
    assert command.index("pytest") < command.index("tests/docs")


def test_who_asks_nobody_is_told_of_nobody_and_lets_the_others_go_first(
    runs: list[dict[str, Any]],
) -> None:
    patient = Suite(name="pure", places=("tests/docs",), marked="pure", is_patient=True)
    variables = {"A_SERVER": "amqp://running"}
    run_lane([patient], variables=variables, speed=Speed.QUICK, shown=True, ended=lambda _: None)
    (run,) = runs
    assert "A_SERVER" not in run["env"]
    assert run["command"][:3] == ["nice", "-n", "10"]
    assert "not slow and pure" in run["command"]


@pytest.mark.parametrize("place", PURE)
def test_what_is_pure_is_not_run_twice(place: str) -> None:
    suites = [suite for step in LANES for lane in step for suite in lane]
    having = [
        suite for suite in suites if any(f"{place}/".startswith(f"{at}/") for at in suite.places)
    ]
    assert {suite.marked for suite in having} == {"pure", "not pure"}


@pytest.mark.parametrize("step", LANES, ids=lambda step: step[0][0].name)
@pytest.mark.parametrize("speed", Speed)
def test_one_lane_of_a_step_drives_the_system(step: tuple[Lane, ...], speed: Speed) -> None:
    driving = [lane for lane in step if any(speed in suite.drives for suite in lane)]
    assert len(driving) == 1


@pytest.mark.parametrize(
    ("speed", "last"), [(Speed.QUICK, "strangling"), (Speed.SLOW, "loadtests")]
)
def test_the_system_is_let_go_with_the_last_suite_that_drives_it(
    runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, speed: Speed, last: str
) -> None:
    let_go_after: list[int] = []

    @contextmanager
    def started_once() -> Iterator[None]:
        yield
        let_go_after.append(len(runs))

    monkeypatch.setattr(testing, "started_once", started_once)
    lane = tuple(suite for step in LANES for lane in step for suite in lane if suite.drives)
    outcomes = suites.run_steps([[lane]], variables={}, speed=speed)
    names = [outcome.suite for outcome in outcomes]
    assert let_go_after == [names.index(last) + 1]
