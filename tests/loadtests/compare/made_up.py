"""Levels, runs and records as a test wants them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from loadtests.compare.hops import Hops
from loadtests.compare.knee import LevelResult, Limits
from loadtests.compare.levels import Tried
from loadtests.compare.measuring import Level, Run
from loadtests.compare.plan import Load, Plan
from loadtests.compare.records import RequestRecord, RunFiles, VisitRecord, append
from loadtests.compare.results import Header, Results, Stood
from loadtests.compare.subjects import AFTER, BEFORE, ROLES, pair
from loadtests.compare.thresholds import Bound, Thresholds

LIMITS = Limits(p95_ms=500, achieved=0.98, failed=0.001, late_p99_ms=50, share_of_a_core=0.8)
SECONDS = 10.0


def level(rate: float, **other: float) -> LevelResult:
    """A level that was carried, but for what a test says of it."""
    values: dict[str, float] = {
        "visits": rate * SECONDS,
        "achieved": 1.0,
        "requests": 1_000,
        "failed": 0,
        "throughput": rate,
        "p50_ms": 20,
        "p95_ms": 80,
        "p99_ms": 120,
        "late_p99_ms": 2,
        "share_of_a_core": 0.2,
    }
    return LevelResult(rate=rate, **values | other)  # type: ignore[arg-type]


def visit(number: int = 0, **other: object) -> VisitRecord:
    values: dict[str, object] = {
        "level": 0,
        "journey": "Browser",
        "task": "search",
        "due_s": number / 10,
        "late_ms": 1.0,
        "waited_ms": 0.0,
        "latency_ms": 50.0,
        "done_s": number / 10 + 0.05,
        "ok": True,
    }
    return VisitRecord(number=number, **values | other)  # type: ignore[arg-type]


def request(number: int = 0, **other: object) -> RequestRecord:
    values: dict[str, object] = {
        "level": 0,
        "name": "search",
        "journey": "Browser",
        "method": "GET",
        "status": 200,
        "served_by": "monolith",
        "ok": True,
        "attempts": 1,
        "latency_ms": 50.0,
        "own_ms": 49.0,
    }
    return RequestRecord(visit=number, **values | other)  # type: ignore[arg-type]


def header(*, runs: int = 2, rates: Sequence[float] = (10, 20)) -> Header:
    before, after = pair("monolith", "cutover")
    load = Load(
        rates=tuple(rates),
        refinements=0,
        seconds=SECONDS,
        warm_up_s=1,
        runs=runs,
        people=10,
        seed=1,
    )
    return Header(
        command="python -m loadtests.compare monolith cutover",
        began_at="2026-11-28T20:00:00+00:00",
        machine={"processor": "abacus", "cores": "2"},
        sizes={"products": 10},
        plan=Plan(before=before, after=after, load=load, is_walked=True, is_profiled=False),
        thresholds=Thresholds(
            level=LIMITS, after={"p95_of_all": Bound(at_most=3.0), "failed": Bound(at_most=0.001)}
        ),
    )


def measured(
    folder: Path,
    *,
    slower: float = 2.0,
    failed: int = 0,
    runs: int = 2,
    others: float = 0.0,
    without_end: Collection[int] = (),
) -> Results:
    """A folder as a comparison leaves it: `after` takes so many times as long for everything.

    Runs `without_end` carry also the last level.
    """
    results, wanted = Results(folder / "results"), header(runs=runs)
    results.begin(wanted)
    results.stood({role: _stood(role) for role in ROLES})
    for sitting in wanted.plan.sittings:
        for number in sitting.runs:
            role = sitting.subject.role
            times = slower if role == AFTER else 1.0
            _run(
                results,
                number,
                role,
                times=times,
                failed=failed if role == AFTER else 0,
                others=others,
                is_open=number in without_end,
            )
    return results


def _stood(role: str) -> Stood:
    rpc = 0 if role == BEFORE else 6
    one = Hops(journey="Browser", task="search", requests=3, at_gateway=3, answered=3, rpc=rpc)
    return Stood(
        commit="c0ffee" * 6,
        settings={"gunicorn workers": "2", "pipe": "a|b"},
        processes=35,
        hops=(one,),
        profile={"monolith": {"django": 0.6, "psycopg": 0.4}},
    )


def _run(
    results: Results,
    number: int,
    role: str,
    *,
    times: float,
    failed: int,
    others: float,
    is_open: bool,
) -> None:
    files, levels = RunFiles(results.folder / f"run-{number}"), []
    files.folder.mkdir()
    for place, rate in enumerate((10.0, 20.0)):
        # The second level is too much, but for whoever has no end.
        took = 50.0 * times + number if place == 0 or is_open else 5_000.0
        count = int(rate * SECONDS)
        visits = [visit(n, level=place, latency_ms=took, done_s=n / rate) for n in range(count)]
        append(files.visits, visits)
        append(
            files.requests,
            [request(n, level=place, latency_ms=took, ok=n >= failed) for n in range(count)],
        )
        levels.append(
            Level(
                tried=Tried(level=place, rate=rate, seconds=SECONDS, share_of_a_core=0.1),
                rested_s=1.0,
                others=others,
                seconds={"monolith": 2.0, "gateway": 0.5},
                mebibytes={"monolith": 200.0},
                database={"monolith: transactions": 400.0},
                cores={"monolith": 0.19, "gateway": 0.05},
            )
        )
    results.ran(
        Run(
            number=number,
            role=role,
            load_before=0.5,
            at_rest={"monolith": 0.02},
            levels=tuple(levels),
            requests=300,
            broker={"messages published": 30.0},
            grown={"monolith": 3.0},
        )
    )
