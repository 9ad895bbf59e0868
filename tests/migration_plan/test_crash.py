"""`kill -9` of strangler in the middle of a move, then resume: the end is always consistent."""

import random
import threading
import time
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.handover.conftest import DOMAIN, wait_until
from tests.migration_plan.conftest import HAND_OVER, Walkable


def kill_when_journaled(walkable: Walkable, step: str, phase: str, *arguments: str) -> None:
    """Run strangler and kill it as soon as the journal has the row."""
    process = walkable.start(*arguments, "--json")
    with walkable.operator() as connection:
        while process.poll() is None:
            row = connection.execute(
                "SELECT 1 FROM handover.journal WHERE step = %s AND phase = %s", (step, phase)
            ).fetchone()
            if row:
                break
    walkable.kill(process)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "phase"),
    [
        (HAND_OVER, "intent"),
        (HAND_OVER, "done"),
        ("send 100 % of the writes to the service", "intent"),
        ("place the seam at cutover", "done"),
    ],
)
def test_a_killed_cutover_is_finished_by_resume(
    before_cutover: Walkable, step: str, phase: str
) -> None:
    kill_when_journaled(before_cutover, step, phase, "advance", DOMAIN)
    refused = before_cutover.run("retreat", DOMAIN, code=2)
    assert "was cut off; finish it first: strangler resume shop" in refused["stderr"]
    assert before_cutover.run("resume", DOMAIN)["ok"]
    before_cutover.is_consistent(owner="service")


@pytest.mark.slow
def test_a_killed_cutover_can_also_be_taken_back(before_cutover: Walkable) -> None:
    kill_when_journaled(before_cutover, HAND_OVER, "intent", "advance", DOMAIN)
    assert "advance to cutover" in before_cutover.run("preflight", DOMAIN, code=2)["unfinished"]
    assert not before_cutover.run("plan", DOMAIN)["ok"]
    assert before_cutover.run("resume", DOMAIN, "--to", "canary-100", "--dry-run")["ok"]
    assert before_cutover.run("resume", DOMAIN, "--to", "canary-100")["ok"]
    before_cutover.is_consistent(owner="monolith")


@pytest.mark.slow
def test_a_token_that_nobody_delivers_is_resumed_when_the_relay_is_back(
    before_cutover: Walkable,
) -> None:
    process = before_cutover.start("advance", DOMAIN, "--json")
    while not before_cutover.journaled(HAND_OVER):
        assert process.poll() is None
    before_cutover.shop.kill("monolith-relay")
    before_cutover.kill(process)
    before_cutover.shop.start("monolith-relay")
    assert before_cutover.run("resume", DOMAIN)["ok"]
    before_cutover.is_consistent(owner="service")


def test_a_late_token_of_the_way_back_is_taken_back_by_resume(before_cutover: Walkable) -> None:
    """Whoever gave the writes away first is RELEASED too, and has no token in flight."""
    shop = before_cutover.shop
    assert before_cutover.run("advance", DOMAIN)["ok"]
    with before_cutover.held_back("retreat", giver=shop.service) as process:
        shop.kill("service-relay")
    with shop.service.hand() as service:
        wait_until(lambda: service.ownership(DOMAIN).mode == "RELEASED", what="the release")
        before_cutover.kill(process)
        before_cutover.run("resume", DOMAIN, code=1)
        assert service.ownership(DOMAIN).mode == "OWNER"
    shop.start("service-relay")
    assert before_cutover.run("resume", DOMAIN)["ok"]
    before_cutover.is_consistent(owner="monolith")


@pytest.mark.slow
def test_a_killed_backfill_goes_on_where_it_stopped(walkable: Walkable) -> None:
    kill_when_journaled(walkable, "copy history", "intent", "advance", DOMAIN)
    resumed = walkable.run("resume", DOMAIN)
    assert resumed["to"] == "shadow"
    assert walkable.shop.service.rows() == walkable.shop.monolith.rows()
    assert "nothing to resume" in walkable.run("resume", DOMAIN, code=2)["stderr"]


@pytest.mark.slow
def test_a_run_killed_before_it_changed_anything_stands_in_nobodys_way(walkable: Walkable) -> None:
    walkable.run("advance", DOMAIN)
    kill_when_journaled(walkable, "await shadow comparisons", "intent", "advance", DOMAIN)
    assert walkable.run("status", DOMAIN)["latest_run"]["state"] == "open"
    assert walkable.run("retreat", DOMAIN)["to"] == "monolith"


@pytest.mark.slow
def test_kills_at_random_moments_of_cutovers_and_retreats_lose_no_acknowledged_write(
    before_cutover: Walkable,
) -> None:
    written: dict[UUID, int] = {}
    stop = threading.Event()
    writer = threading.Thread(target=_write, args=(before_cutover, written, stop))
    writer.start()
    try:
        for verb, goal in [("advance", "cutover"), ("retreat", "canary-100")] * 2:
            process = before_cutover.start(verb, DOMAIN, "--to", goal, "--json")
            time.sleep(random.uniform(0.4, 1.5))  # the moment is the test
            before_cutover.kill(process)
            if before_cutover.run("status", DOMAIN)["latest_run"]["state"] == "open":
                before_cutover.run("resume", DOMAIN)
            before_cutover.run(verb, DOMAIN, "--to", goal)
            before_cutover.agrees(owner="service" if goal == "cutover" else "monolith")
    finally:
        stop.set()
        writer.join(30)
    before_cutover.is_consistent(owner="monolith")
    rows = before_cutover.shop.monolith.rows()
    assert written
    assert {key: rows[key][1] for key in written} == written


def _write(walkable: Walkable, written: dict[UUID, int], stop: threading.Event) -> None:
    """Write where writes are accepted; note the version that was acknowledged."""
    keys = [uuid4() for _ in range(5)]
    shop, number = walkable.shop, 0
    with shop.monolith.connect() as m, shop.service.connect() as s:
        while not stop.is_set():
            key, number = keys[number % 5], number + 1
            for side, connection in ((shop.monolith, m), (shop.service, s)):
                try:
                    written[key] = side.put(connection, key, f"{key} {number}")
                    break
                except psycopg.Error as error:
                    if error.sqlstate != "DM001":
                        raise
            time.sleep(0.005)
