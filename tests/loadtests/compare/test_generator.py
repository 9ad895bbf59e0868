"""The generator in front of a small shop: who is due comes, whoever is still waiting."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.compare.driving import Generator, generating
from loadtests.compare.errors import CompareError
from loadtests.compare.records import RequestRecord, RunFiles, VisitRecord, read
from loadtests.samples import percentile
from tests.loadtests.fake_shop import PASSWORD, FakeShop

RATE, SECONDS = 60.0, 2.5
STALL_S = 0.8
PEOPLE = 10


class Stalling:
    """Once, when somebody arrives after this time, nobody is answered for a while."""

    def __init__(self) -> None:
        self.at: float | None = None

    def __call__(self, *_: str) -> bool:
        if self.at is not None and time.monotonic() > self.at:
            self.at = None
            # The shop holds its lock meanwhile.
            time.sleep(STALL_S)
        return False


@pytest.fixture
def stalling() -> Stalling:
    return Stalling()


@pytest.fixture
def shop(stalling: Stalling) -> Iterator[FakeShop]:
    with FakeShop(stalling) as shop:
        yield shop


@pytest.fixture
def generator(shop: FakeShop, tmp_path: Path) -> Iterator[Generator]:
    known = {**os.environ, "SEED_PASSWORD": PASSWORD}
    with generating(shop.url, tmp_path / "log", environment=known) as generator:
        generator.come_in(PEOPLE)
        yield generator


@pytest.mark.slow
def test_a_stall_is_felt_by_all_who_were_due_in_it(
    generator: Generator, stalling: Stalling, tmp_path: Path
) -> None:
    stalling.at = time.monotonic() + 1.0
    generator.level(number=0, rate=RATE, seconds=SECONDS, seed=1, folder=tmp_path / "run")

    files = RunFiles(tmp_path / "run")
    visits, requests = read(files.visits, VisitRecord), read(files.requests, RequestRecord)
    assert len(visits) == pytest.approx(RATE * SECONDS, rel=0.3)
    assert all(visit.ok for visit in visits)
    # Half of those who were due in the stall waited for more than half of it, and then for their turn.
    felt = [visit for visit in visits if visit.latency_ms > STALL_S * 500]
    assert len(felt) > 0.4 * RATE * STALL_S
    assert percentile(sorted(request.latency_ms for request in requests), 95) > STALL_S * 500
    # A client that waits for its answers before it asks again has one slow request for each person.
    # That is what counting from the sending would show of the same stall.
    omitted = [request for request in requests if request.own_ms > STALL_S * 500]
    assert len(omitted) <= PEOPLE + 2
    assert len(omitted) < len(felt) / 2
    # The shop was late, and not the generator.
    assert percentile(sorted(visit.late_ms for visit in visits), 95) < STALL_S * 500


def test_who_looks_when_all_have_come_does_not_wait_for_the_last_to_leave(
    generator: Generator, stalling: Stalling
) -> None:
    begun = time.monotonic()
    looked: list[float] = []
    stalling.at = begun + 0.7
    generator.level(
        number=0,
        rate=RATE,
        seconds=1,
        seed=1,
        folder=None,
        all_came=lambda: looked.append(time.monotonic() - begun),
    )
    # The shop answers again only then.
    assert 1 <= looked[0] < 0.7 + STALL_S < time.monotonic() - begun


def test_everything_that_people_do_can_be_done_alone(generator: Generator, shop: FakeShop) -> None:
    menu = generator.menu()
    assert {journey for journey, _ in menu} == {
        "Browser",
        "Merchant",
        "Buyer",
        "Shopper",
        "Stockkeeper",
    }
    before = sum(shop.asked.values())
    made = generator.walk("Browser", "search")
    assert made["failed"] == 0
    assert made["requests"] == sum(shop.asked.values()) - before > 0


def test_a_visit_that_fails_is_noted_as_one(
    generator: Generator, shop: FakeShop, tmp_path: Path
) -> None:
    shop.refuses = 503, {"type": "urn:problem:write-unavailable"}
    generator.level(number=3, rate=RATE, seconds=1, seed=1, folder=tmp_path / "run")
    files = RunFiles(tmp_path / "run")
    failed = [request for request in read(files.requests, RequestRecord) if not request.ok]
    assert {request.status for request in failed} == {503}
    assert {request.visit for request in failed} == {
        visit.number for visit in read(files.visits, VisitRecord) if not visit.ok
    }
    assert {visit.level for visit in read(files.visits, VisitRecord)} == {3}


def test_a_generator_that_ended_says_where_its_log_is(shop: FakeShop, tmp_path: Path) -> None:
    # Without the merchant's password nobody may come in.
    known = {name: value for name, value in os.environ.items() if name != "SEED_PASSWORD"}
    with (
        generating(shop.url, tmp_path / "log", environment=known) as generator,
        pytest.raises(CompareError, match="its log is"),
    ):
        generator.come_in(1)
    assert "SEED_PASSWORD" in (tmp_path / "log").read_text()
