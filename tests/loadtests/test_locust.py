"""Locust the way its users know it: a web page, a shape, workers, tags, CSV, against a small shop."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from loadtests.run import LOCUSTFILE
from loadtests.samples import read_samples
from loadtests.shapes import SHAPES
from tests.free_ports import free_port
from tests.loadtests.fake_shop import PASSWORD, FakeShop

WITHIN_S = 30.0


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop() as shop:
        yield shop


@contextmanager
def locust(
    *words: str, shop: FakeShop, folder: Path, **more: str
) -> Iterator[subprocess.Popen[str]]:
    known = {
        **os.environ,
        "SEED_PASSWORD": PASSWORD,
        "KONG_PROXY_URL": shop.url,
        "LOADTESTS_FOLDER": str(folder),
        **more,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *words],
        env=known,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=WITHIN_S)


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


@pytest.mark.slow
def test_the_web_page_starts_people_shows_what_they_ask_and_stops_them(
    shop: FakeShop, tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    words = ("--web-host", "127.0.0.1", "--web-port", str(port))
    with locust(*words, shop=shop, folder=tmp_path):
        until(lambda: answers(url))
        begun = httpx.post(
            f"{url}/swarm", data={"user_count": "6", "spawn_rate": "6", "host": shop.url}
        )
        assert begun.json()["success"], begun.text

        def asked() -> set[str]:
            return {row["name"] for row in httpx.get(f"{url}/stats/requests").json()["stats"]}

        until(lambda: {"look at a product", "change a price"} <= asked())
        assert httpx.get(f"{url}/stats/requests").json()["fail_ratio"] == 0
        assert httpx.post(f"{url}/stop").json()["success"]
        until(lambda: httpx.get(f"{url}/stats/requests").json()["state"] == "stopped")


@pytest.mark.slow
def test_workers_keep_to_one_rate_together_and_write_one_csv(
    shop: FakeShop, tmp_path: Path
) -> None:
    port = str(free_port())
    master = ("--master", "--master-bind-port", port, "--expect-workers", "2", "--headless")
    crowd = ("--users", "10", "--spawn-rate", "10", "--rate", "30", "--run-time", "5s")
    table = tmp_path / "table"
    follow = ("--worker", "--master-port", port)
    folders = [tmp_path / "one", tmp_path / "other"]
    with (
        locust(*follow, shop=shop, folder=folders[0]),
        locust(*follow, shop=shop, folder=folders[1]),
        locust(
            *master, *crowd, "--csv", str(table), "--only-summary", shop=shop, folder=tmp_path
        ) as conductor,
    ):
        assert conductor.wait(timeout=WITHIN_S) == 0
    # The first second has a greeting of everybody, and no pace yet.
    samples = sorted(
        (s for folder in folders for s in read_samples(folder / "samples.csv")), key=lambda s: s.at
    )
    later = [s for s in samples if samples[0].at + 2 < s.at <= samples[0].at + 4]
    assert 30 * 2 * 0.6 < len(later) < 30 * 2 * 1.6
    assert all((folder / "samples.csv").exists() for folder in folders)
    with (tmp_path / "table_stats.csv").open() as file:
        rows = {row["Name"]: row for row in csv.DictReader(file)}
    assert int(rows["Aggregated"]["Request Count"]) == pytest.approx(len(samples), abs=10)
    assert int(rows["Aggregated"]["Failure Count"]) == 0


def test_a_shape_is_taken_by_its_name(shop: FakeShop, tmp_path: Path) -> None:
    words = ("--headless", "--only-summary")
    with locust(*words, shop=shop, folder=tmp_path, LOADTESTS_SHAPE="ramp") as process:
        until(lambda: sum(shop.asked.values()) > 20)
        process.terminate()
        output, _ = process.communicate(timeout=WITHIN_S)
    first = SHAPES["ramp"][0]
    assert f"Shape test updating to {first.people} users" in output


def test_a_shape_that_there_is_not_is_one_line(shop: FakeShop, tmp_path: Path) -> None:
    with locust("--headless", shop=shop, folder=tmp_path, LOADTESTS_SHAPE="cliff") as process:
        output, _ = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 1
    assert "LOADTESTS_SHAPE is 'cliff'; there are ramp, soak, spike, cutover" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_only_what_has_a_tag_is_done(shop: FakeShop, tmp_path: Path) -> None:
    words = ("--headless", "--users", "5", "--spawn-rate", "5", "--run-time", "3s")
    with locust(*words, "--tags", "read", shop=shop, folder=tmp_path) as process:
        output, _ = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0, output
    names = {s.name for s in read_samples(tmp_path / "samples.csv") if s.is_write}
    # Whoever buys has to be somebody.
    assert names <= {"register", "sign in"}


def test_all_shapes_that_are_promised_are_there() -> None:
    assert set(SHAPES) == {"ramp", "soak", "spike", "cutover"}
