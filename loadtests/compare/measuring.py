"""Measures a run: the same warm-up and levels for everybody, with a look at all meters in between."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from loadtests.compare import counters, effort
from loadtests.compare.driving import Generator
from loadtests.compare.knee import LevelResult, Limits, next_rate
from loadtests.compare.levels import Tried, result_of
from loadtests.compare.plan import Load
from loadtests.compare.records import RequestRecord, RunFiles, VisitRecord, read
from loadtests.compare.systems import System

Say = Callable[[str], None]
LOOK_S = 3.0
REST_LOOK_S = 1.0
LONGEST_REST_S = 20.0
QUIET_CORES = 0.15
"""A system has come to rest when it works hardly more than it did before anybody came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level's meters; what the system did afterwards because of it counts as well.

    `others`: how many cores were busy meanwhile with what is neither the system nor ours. `cores`: how
    many each group used while people came, and no longer; None in a folder that is older than this.
    """

    tried: Tried
    rested_s: float
    others: float
    seconds: Mapping[str, float]
    mebibytes: Mapping[str, float]
    database: Mapping[str, float]
    cores: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: of whom, and what its meters said. `requests` are those of all its levels."""

    number: int
    role: str
    load_before: float
    at_rest: Mapping[str, float]
    levels: tuple[Level, ...]
    requests: int
    broker: Mapping[str, float] = field(default_factory=dict)
    grown: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters:
    """Looks at one system; its processes are known, because none is started or stopped in a run."""

    system: System
    pids: Mapping[str, int]

    def look(self, *, with_memory: bool = True) -> effort.Effort:
        return effort.look(self.pids, with_memory=with_memory)

    def at_rest(self) -> dict[str, float]:
        """Cores that each group uses while nobody comes."""
        return self._cores(LOOK_S)

    def rest(self, *, quiet: float) -> float:
        """Wait until the system has done what it was left with; how long that took."""
        begun = time.monotonic()
        while time.monotonic() - begun < LONGEST_REST_S:
            if sum(self._cores(REST_LOOK_S).values()) <= quiet + QUIET_CORES:
                break
        return time.monotonic() - begun

    def _cores(self, seconds: float) -> dict[str, float]:
        before = self.look(with_memory=False)
        time.sleep(seconds)
        return effort.cores(before, self.look(with_memory=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """With what a run is measured; `quiet` is how many cores the system uses while nobody comes."""

    meters: Meters
    generator: Generator
    load: Load
    limits: Limits
    files: RunFiles
    say: Say
    quiet: float = 0.0


def measure(number: int, role: str, *, at: At) -> Run:
    """Warm up, then rise until a level is too much."""
    environment = at.meters.system.environment
    load_before, at_rest = os.getloadavg()[0], at.meters.at_rest()
    at = replace(at, quiet=sum(at_rest.values()))
    _warm_up(at)
    broker, first = counters.broker(environment), at.meters.look()
    levels: list[Level] = []
    results: list[LevelResult] = []
    while (rate := _next(results, at)) is not None:
        levels.append(_level(len(levels), rate, at))
        results.append(_result(levels[-1], at))
        at.say(f"run {number}, {role}: {_told(results[-1])}")
    return Run(
        number=number,
        role=role,
        load_before=load_before,
        at_rest=at_rest,
        levels=tuple(levels),
        requests=sum(result.requests for result in results),
        broker=effort.between(broker, counters.broker(environment)),
        grown=effort.between(first.mebibytes, at.meters.look().mebibytes),
    )


def _warm_up(at: At) -> None:
    load = at.load
    if load.warm_up_s:
        at.generator.level(
            number=-1, rate=load.rates[0], seconds=load.warm_up_s, seed=load.seed, folder=None
        )
    at.meters.rest(quiet=at.quiet)


def _next(results: list[LevelResult], at: At) -> float | None:
    load = at.load
    return next_rate(results, rates=load.rates, refinements=load.refinements, limits=at.limits)


def _level(number: int, rate: float, at: At) -> Level:
    meters, load = at.meters, at.load
    environment = meters.system.environment
    rows, own = counters.databases(environment), effort.own_seconds()
    before = meters.look(with_memory=False)
    came: list[effort.Effort] = []
    made = at.generator.level(
        number=number,
        rate=rate,
        seconds=load.seconds,
        seed=load.seed,
        folder=at.files.folder,
        all_came=lambda: came.append(meters.look(with_memory=False)),
    )
    held = meters.look().mebibytes
    rested_s = meters.rest(quiet=at.quiet)
    after = meters.look(with_memory=False)
    seconds = effort.between(before.seconds, after.seconds)
    ours = sum(seconds.values()) + made["cpu_s"] + effort.own_seconds() - own
    share = made["cpu_s"] / load.seconds
    return Level(
        tried=Tried(level=number, rate=rate, seconds=load.seconds, share_of_a_core=share),
        rested_s=rested_s,
        others=max(after.busy_s - before.busy_s - ours, 0.0) / (after.at_s - before.at_s),
        seconds=seconds,
        mebibytes=held,
        database=effort.between(rows, counters.databases(environment)),
        cores=effort.cores(before, came[0]),
    )


def _result(level: Level, at: At) -> LevelResult:
    number = level.tried.level
    visits = [visit for visit in read(at.files.visits, VisitRecord) if visit.level == number]
    requests = [r for r in read(at.files.requests, RequestRecord) if r.level == number]
    return result_of(level.tried, visits, requests, limits=at.limits)


def _told(result: LevelResult) -> str:
    return (
        f"{result.rate:g} visits/s: {result.throughput:.1f} requests/s, p50 {result.p50_ms:.0f},"
        f" p95 {result.p95_ms:.0f}, p99 {result.p99_ms:.0f} ms, {result.failed} failed,"
        f" {result.achieved:.1%} in time; generator {result.share_of_a_core:.0%} of a core,"
        f" {result.late_p99_ms:.0f} ms late"
    )
