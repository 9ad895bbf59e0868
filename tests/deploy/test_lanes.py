"""A suite is run with the servers' addresses, and with nobody else's."""

import os
import subprocess
from typing import Any

import pytest

from stack.lanes import LANES, PURE, Speed, Suite, run_lane


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
    suite = Suite(name="plain", places=("tests/docs",), floor=("--cov",))
    (outcome,) = run_lane([suite], variables=variables, speed=speed, shown=True)
    assert outcome.passed


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
    assert ("--cov" in command) is measured


def test_who_asks_nobody_is_told_of_nobody_and_lets_the_others_go_first(
    runs: list[dict[str, Any]],
) -> None:
    patient = Suite(name="pure", places=("tests/docs",), marked="pure", is_patient=True)
    run_lane([patient], variables={"A_SERVER": "amqp://running"}, speed=Speed.QUICK, shown=True)
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
