"""A real Locust in front of a small shop: people behave, and what they do is noted."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from loadtests.files import RunFiles
from loadtests.ledger import STOPPED, Kind, Outcome, read_ledger
from loadtests.run import LOCUSTFILE, Crowd, Load
from loadtests.samples import read_samples
from tests.loadtests.fake_shop import FakeShop


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    return RunFiles(tmp_path / "demo")


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop() as shop:
        yield shop


def run(shop: FakeShop, files: RunFiles, *, duration_s: float = 4, **wanted: Any) -> None:
    load = Load(host=shop.url, users=10, rate=60, spawn_rate=10, duration_s=duration_s, **wanted)
    assert Crowd(load, files).wait() == 0, files.log.read_text()


def test_people_read_and_write_and_every_write_is_noted(shop: FakeShop, files: RunFiles) -> None:
    run(shop, files)

    samples = list(read_samples(files.samples))
    ledger = read_ledger(files.ledger)
    assert {sample.journey for sample in samples} == {"Browser", "Merchant", "Buyer"}
    assert [sample for sample in samples if not sample.ok] == []
    assert {Kind.PRODUCT_CREATE, Kind.PRODUCT_CHANGE, Kind.ORDER_PLACE} <= {
        intent.kind for intent in ledger
    }
    assert {intent.key for intent in ledger if intent.reason != STOPPED} <= set(shop.applied)
    assert {intent.key for intent in ledger} >= set(shop.applied)
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
    deadline = time.monotonic() + 20
    while len(shop.applied) < 10:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)

    assert process.returncode == 0, output
    ledger = read_ledger(files.ledger)
    assert {intent.key for intent in ledger} >= set(shop.applied)
    assert not any(intent.outcome is Outcome.SENT for intent in ledger)
    assert "change a price" in output


def test_a_refused_write_is_a_failure_and_not_asked_again(files: RunFiles) -> None:
    with FakeShop() as shop:
        shop.write = lambda *_: (503, {"type": "urn:problem:write-unavailable"})  # type: ignore[method-assign]
        run(shop, files, tags=("write",))

    ledger = [intent for intent in read_ledger(files.ledger) if intent.reason != STOPPED]
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
