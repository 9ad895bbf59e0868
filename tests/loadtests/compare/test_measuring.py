"""What a run's meters say, with a clock that goes only when somebody waits."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from loadtests.compare import driving, effort, measuring
from loadtests.compare.evidence import gather
from loadtests.compare.measuring import At, Meters, Run, measure
from loadtests.compare.records import RunFiles
from loadtests.compare.results import Results
from tests.loadtests.compare.made_up import LIMITS, SECONDS, header

CORES, DRAIN_S, AFTERWARDS_S = 1.5, 20.0, 6.0
AFTERWARDS = 0.5
"""Cores that relays use when the last answer was given, until they have carried all facts."""


class Clock:
    """Waits at once."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Busy:
    """A system and its generator, to whoever looks: work from the order on, and for long after the last came."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.stdin: Any = self
        self.stdout: Any = self
        self.begun: float | None = None

    def write(self, line: str) -> None:
        assert json.loads(line)["seconds"] == SECONDS
        self.begun = self.clock.now

    def flush(self) -> None:
        """Nothing is kept back."""

    def readline(self) -> str:
        assert self.begun is not None
        self.clock.now = max(self.clock.now, self.begun + SECONDS + DRAIN_S)
        return json.dumps({"cpu_s": 1.0})

    def used(self) -> float:
        """Seconds of processor, until now."""
        if self.begun is None:
            return 0.0
        since = self.clock.now - self.begun
        answering = min(since, SECONDS + DRAIN_S)
        return CORES * answering + AFTERWARDS * min(since - answering, AFTERWARDS_S)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    clock = Clock()
    busy = Busy(clock)
    for module in (driving, effort, measuring):
        monkeypatch.setattr(module, "time", clock, raising=False)
    monkeypatch.setattr(effort, "_family", lambda _: [busy])
    monkeypatch.setattr(effort, "_seconds", lambda one: one.used())
    monkeypatch.setattr(effort, "_memory", lambda _: 0.0)
    at = At(
        meters=Meters(system=SimpleNamespace(environment={}), pids={"monolith": 1}),  # type: ignore[arg-type]
        generator=driving.Generator(busy, tmp_path / "log"),  # type: ignore[arg-type]
        load=replace(header(rates=(10.0,)).plan.load, warm_up_s=0.0),
        limits=LIMITS,
        files=RunFiles(tmp_path / "run-1"),
        say=lambda _: None,
    )
    return measure(1, "before", at=at)


def test_cores_are_those_in_use_while_people_came(run: Run, tmp_path: Path) -> None:
    """Neither what is waited for afterwards, nor the rest of a system that has little left to do, counts."""
    results = Results(tmp_path / "results")
    results.begin(header())
    results.ran(run)
    [one] = gather(results, LIMITS)
    assert one.levels[0].cores == pytest.approx(CORES)


def test_what_is_done_until_the_system_is_at_rest_counts_for_who_caused_it(run: Run) -> None:
    used = CORES * (SECONDS + DRAIN_S) + AFTERWARDS * AFTERWARDS_S
    assert run.levels[0].seconds == {"monolith": pytest.approx(used)}
    assert run.levels[0].rested_s == pytest.approx(AFTERWARDS_S + 1)
