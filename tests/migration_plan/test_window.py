"""The gateway's log, read backwards: one window, both sides, whatever else stands in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from strangler.analysis import Sample
from strangler.errors import FailedError, UnreachableError
from strangler.facts import Side
from strangler.plan import Targets
from strangler.window import Window, samples, sides_of

TARGETS = Targets(monolith="127.0.0.1:100", service=("127.0.0.1:201", "localhost:202"))
SIDES = sides_of(TARGETS)
WINDOW = Window(since_s=1000, until_s=1030)


def entry(at_s: float, port: int | None = 100, **changed: Any) -> dict[str, Any]:
    tries = [] if port is None else [{"ip": "127.0.0.1", "port": port}]
    return {
        "started_at": round(at_s * 1000),
        "service": {"name": "catalog-read"},
        "response": {"status": 200},
        "latencies": {"request": 8, "proxy": 7, "kong": 1},
        "tries": tries,
        **changed,
    }


def read(path: Path, *entries: dict[str, Any] | str) -> dict[Side, Sample]:
    lines = (line if isinstance(line, str) else json.dumps(line) for line in entries)
    path.write_text("".join(f"{line}\n" for line in lines))
    return samples(path, service="catalog-read", window=WINDOW, sides=SIDES)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "requests.jsonl"


def test_each_side_has_its_own_requests_of_the_window(log: Path) -> None:
    found = read(
        log, entry(999), entry(1000), entry(1001, 201), entry(1002, 202), entry(1029), entry(1030)
    )
    assert (found["monolith"].requests, found["service"].requests) == (2, 2)
    assert found["service"].latencies_ms == (7, 7)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 0, 499])
def test_what_the_client_got_no_good_answer_to_is_a_failure_without_latency(
    log: Path, status: int
) -> None:
    found = read(log, entry(1001, response={"status": status}))["monolith"]
    assert (found.requests, found.failures, found.latencies_ms) == (1, 1, ())


@pytest.mark.parametrize("status", [200, 304, 404, 429])
def test_what_the_client_is_to_blame_for_is_none(log: Path, status: int) -> None:
    assert read(log, entry(1001, response={"status": status}))["monolith"].failures == 0


def test_a_try_that_another_target_made_good_is_a_failure_of_the_first(log: Path) -> None:
    tries = [{"ip": "127.0.0.1", "port": 201, "state": "failed"}, {"ip": "127.0.0.1", "port": 100}]
    found = read(log, entry(1001, tries=tries))
    assert (found["service"].requests, found["service"].failures) == (1, 1)
    assert (found["monolith"].requests, found["monolith"].failures) == (1, 0)


@pytest.mark.parametrize(
    "other",
    [
        entry(1001, service={"name": "catalog-write"}),
        entry(1001, service=None),
        entry(1001, port=999),
        entry(1001, port=None),
        entry(1001, tries=[{"ip": None, "port": None}]),
        '{"started_at": 10010',
        "",
    ],
)
def test_what_says_nothing_about_the_sides_is_passed_over(log: Path, other: Any) -> None:
    found = read(log, entry(1001), other, entry(1002))
    assert (found["monolith"].requests, found["service"].requests) == (2, 0)


def test_a_time_that_there_was_not_is_no_latency(log: Path) -> None:
    found = read(log, entry(1001, latencies={"request": 3, "proxy": -1}))["monolith"]
    assert (found.requests, found.latencies_ms) == (1, ())


def test_instants_may_be_text_and_ports_fractions_as_envoy_writes_them(log: Path) -> None:
    tries = [{"ip": "127.0.0.1", "port": 201.0}]
    found = read(log, entry(0, started_at="1001000", tries=tries))
    assert found["service"].requests == 1


def test_only_the_end_of_a_long_log_is_read(log: Path) -> None:
    past, window = entry(10), [entry(1000 + n / 100) for n in range(2500)]
    found = read(log, "this line is no JSON and would not be noticed", *[past] * 5000, *window)
    assert found["monolith"].requests == 2500


def test_expanded_and_short_addresses_are_one() -> None:
    sides = sides_of(Targets(monolith="[::1]:100", service=("127.0.0.1:201",)))
    assert sides.at(("::1", 100)) == "monolith"


def test_where_instances_come_and_go_whoever_is_not_the_monolith_is_the_service(log: Path) -> None:
    sides = sides_of(Targets(monolith="127.0.0.1:100"))
    read(log, entry(1001), entry(1002, 201), entry(1003, 999))
    found = samples(log, service="catalog-read", window=WINDOW, sides=sides)
    assert (found["monolith"].requests, found["service"].requests) == (1, 2)


def test_without_a_log_it_says_what_to_look_for(log: Path) -> None:
    with pytest.raises(FailedError, match="whether it has the plugin file-log"):
        samples(log, service="catalog-read", window=WINDOW, sides=SIDES)


def test_a_target_without_an_address_is_named() -> None:
    with pytest.raises(UnreachableError, match=r"nowhere.invalid:1 has no address"):
        sides_of(Targets(monolith="nowhere.invalid:1", service=("127.0.0.1:201",)))
