"""A real Locust in front of a small shop: people behave, and what they do is noted."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from loadtests.files import RunFiles
from loadtests.ledger import STOPPED, Kind, Outcome, read_ledger
from loadtests.run import LOCUSTFILE, Crowd, Load
from loadtests.samples import read_samples
from tests.loadtests.fake_shop import MERCHANT, PASSWORD, FakeShop

PEOPLE = ("Browser", "Merchant", "Buyer", "Shopper", "Stockkeeper")


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    return RunFiles(tmp_path / "demo")


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop() as shop:
        yield shop


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEED_PASSWORD", PASSWORD)


def run(shop: FakeShop, files: RunFiles, *, duration_s: float = 4, **wanted: Any) -> None:
    load = Load(host=shop.url, users=10, rate=60, spawn_rate=10, duration_s=duration_s, **wanted)
    assert Crowd(load, files).wait() == 0, files.log.read_text()


def test_people_read_and_write_and_every_write_is_noted(shop: FakeShop, files: RunFiles) -> None:
    run(shop, files)

    samples = list(read_samples(files.samples))
    ledger = read_ledger(files.ledger)
    assert {sample.journey for sample in samples} == {*PEOPLE}
    assert [sample for sample in samples if not sample.ok] == []
    assert {Kind.PRODUCT_CREATE, Kind.PRODUCT_CHANGE, Kind.ORDER_PLACE} <= {
        intent.kind for intent in ledger
    }
    assert {Kind.CART_CHANGE, Kind.ORDER_CHECKOUT, Kind.STOCK_ADJUST} <= {
        intent.kind for intent in ledger
    }
    assert {intent.key for intent in ledger if intent.reason != STOPPED} <= set(shop.applied)
    assert {intent.key for intent in ledger} >= set(shop.applied) - set(shop.ways_in)
    assert sum(intent.acknowledged for intent in ledger) >= len(ledger) - 10
    assert all(intent.served_by == "monolith" for intent in ledger if intent.acknowledged)
    assert files.generator.exists()


def test_a_lost_acknowledgement_is_asked_for_again_under_the_same_key(files: RunFiles) -> None:
    turns = itertools.count()
    with FakeShop(breaks=lambda *_: next(turns) % 10 == 9) as shop:
        run(shop, files)

    samples = list(read_samples(files.samples))
    ledger = read_ledger(files.ledger)
    assert [sample for sample in samples if not sample.ok] == []
    assert any(intent.unknown_before and intent.acknowledged for intent in ledger)
    assert set(shop.applied.values()) == {1}
    # Nothing below us repairs a broken connection in silence: all attempts are counted.
    assert sum(shop.asked.values()) - sum(sample.attempts for sample in samples) <= 10


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("http://127.0.0.1:1", "no gateway at http://127.0.0.1:1"),
        ("shop", "'shop' is no address"),
        ("", "where is the gateway?"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        ["loadtests"],
        ["loadtests", "run", "--no-verdict"],
        ["locust", "-f", str(LOCUSTFILE), "--headless", "-t", "20s"],
    ],
)
def test_without_a_gateway_nobody_waits_and_the_exit_code_says_so(
    command: list[str], host: str, said: str, files: RunFiles
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, "LOADTESTS_FOLDER": str(files.folder), "KONG_PROXY_URL": host},
        capture_output=True,
        text=True,
        check=False,
        timeout=15,
    )
    assert done.returncode in {1, 2}
    assert said in done.stderr or "Missing option '--host'" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_open_ended_run_ends_on_sigterm_with_everything_noted(
    shop: FakeShop, files: RunFiles
) -> None:
    command = [sys.executable, "-m", "loadtests", "run", "--no-verdict", "--host", shop.url]
    process = subprocess.Popen(
        [*command, "--users", "6"],
        env={**os.environ, "LOADTESTS_FOLDER": str(files.folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    await_writes(shop, 10)
    # Not every ten writes change a price; the report names what was done.
    _await(lambda: any(row["version"] > 1 for row in list(shop.products.values())))
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)

    assert process.returncode == 0, output
    ledger = read_ledger(files.ledger)
    assert {intent.key for intent in ledger} >= set(shop.applied) - set(shop.ways_in)
    assert not any(intent.outcome is Outcome.SENT for intent in ledger)
    assert "change a price" in output


def test_a_load_that_is_ended_while_it_starts_is_ended_in_order(
    shop: FakeShop, files: RunFiles
) -> None:
    crowd = Crowd(Load(host=shop.url), files)
    assert crowd.stop() == 0, files.log.read_text()
    assert not any(intent.outcome is Outcome.SENT for intent in read_ledger(files.ledger))
    assert files.generator.exists()


@pytest.mark.slow
def test_everybody_signs_in_once_and_the_merchants_as_one(shop: FakeShop, files: RunFiles) -> None:
    run(shop, files)

    names = [sample.name for sample in read_samples(files.samples)]
    assert shop.begun[MERCHANT] == 1
    buyers = {email: count for email, count in shop.begun.items() if email != MERCHANT}
    assert buyers
    assert set(buyers.values()) == {1}
    assert names.count("sign in") == len(shop.begun)
    assert not shop.refused
    # Signing in is no write of the shop's: the ledger knows those only.
    assert not set(shop.ways_in) & {intent.key for intent in read_ledger(files.ledger)}


@pytest.mark.slow
def test_a_run_outlives_its_access_tokens(files: RunFiles) -> None:
    with FakeShop(token_lives_s=1) as shop:
        run(shop, files, duration_s=5)

    samples = list(read_samples(files.samples))
    assert [sample for sample in samples if not sample.ok] == []
    assert sum(sample.name == "go on" for sample in samples) >= 3
    assert set(shop.begun.values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("refresh", [False, True])
def test_who_is_told_401_goes_on_or_signs_in_again_and_asks_once_more(
    shop: FakeShop, files: RunFiles, refresh: bool
) -> None:
    crowd = Crowd(Load(host=shop.url, users=10, rate=60, spawn_rate=10), files)
    await_writes(shop, 10)
    shop.forget_tokens(refresh=refresh)
    await_writes(shop, len(shop.applied) + 40)
    crowd.stop()

    failed = [sample.name for sample in read_samples(files.samples) if not sample.ok]
    assert shop.refused
    # An ended session is a failure, of the person who wanted to go on and of nobody's write.
    assert set(failed) == ({"go on"} if refresh else set())
    assert not any(intent.failed for intent in read_ledger(files.ledger))
    assert shop.begun[MERCHANT] == (2 if refresh else 1)
    # Each refused token was presented by those only who had it when it was refused.
    assert max(shop.refused.values()) <= 10


@pytest.mark.slow
def test_a_wrong_password_is_tried_once_and_fails_the_run(
    shop: FakeShop, files: RunFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEED_PASSWORD", "a wrong one")
    run(shop, files)

    failed = [sample for sample in read_samples(files.samples) if not sample.ok]
    assert [(sample.name, sample.status) for sample in failed] == [("sign in", 401)]
    assert shop.begun[MERCHANT] == 1
    words = {intent.kind.partition(".")[0] for intent in read_ledger(files.ledger)}
    assert words == {"customer", "order", "cart"}


@pytest.mark.parametrize(
    "command",
    [
        ["loadtests", "run", "--no-verdict"],
        ["locust", "-f", str(LOCUSTFILE), "--headless", "-t", "20s"],
    ],
)
def test_without_the_merchants_password_one_line_says_so(
    command: list[str], shop: FakeShop, files: RunFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEED_PASSWORD")
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, "LOADTESTS_FOLDER": str(files.folder), "KONG_PROXY_URL": shop.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=15,
    )
    # Locust ends by itself, and knows no other code.
    assert done.returncode == (1 if "locust" in command else 2)
    assert "SEED_PASSWORD is not set" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def await_writes(shop: FakeShop, count: int) -> None:
    _await(lambda: len(shop.applied) >= count)


def _await(arrived: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not arrived():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_a_refused_write_is_a_failure_and_not_asked_again(files: RunFiles) -> None:
    with FakeShop() as shop:
        shop.refuses = 503, {"type": "urn:problem:write-unavailable"}
        run(shop, files, tags=("write",))

    ledger = [
        intent
        for intent in read_ledger(files.ledger)
        if intent.reason != STOPPED and intent.kind is not Kind.CUSTOMER_CREATE
    ]
    assert ledger
    assert all(intent.failed and intent.attempts == 1 for intent in ledger)
    assert {intent.reason for intent in ledger} == {"urn:problem:write-unavailable"}


def test_the_load_ends_when_whoever_began_it_was_killed(shop: FakeShop, files: RunFiles) -> None:
    begin = (
        "import sys, time; from pathlib import Path; from loadtests.files import RunFiles; "
        "from loadtests.run import Crowd, Load; "
        "print(Crowd(Load(host=sys.argv[1], users=2, rate=5), RunFiles(Path(sys.argv[2]))).pid, "
        "flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", begin, shop.url, str(files.folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    locust = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    locust.wait(timeout=30)
