"""The chassis while its broker is away, or there but not reading."""

import concurrent.futures
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import kombu
import pytest

from extracted.contracts.rpc import REPLY_QUEUE_TTL_MS
from tests.extracted.running import DESK, ROOT, Program, Start, until
from tests.extracted.test_chassis_messages import envelope, publish
from tests.extracted.wire import Wire


@pytest.fixture
def wire(vhost: str) -> Iterator[Wire]:
    wire = Wire(vhost)
    yield wire
    wire.close()


@pytest.fixture
def desk(start: Start, notes: Path, wire: Wire) -> Iterator[Program]:
    program = start(DESK, NOTES=str(notes), AMQP_URL=wire.url)
    yield program
    wire.thaw()
    program.stop()


def test_a_consumer_comes_back_by_itself_and_the_effect_happens_once(
    desk: Program, notes: Path, wire: Wire, vhost: str
) -> None:
    with kombu.Connection(vhost) as connection:
        publish(connection, envelope(n=1, seconds=1))
        until(lambda: "event 1" in notes.read_text())
        wire.cut()
        until(lambda: desk.http.get("/readyz").status_code == 503)
        # HTTP does not need the broker.
        assert desk.http.get("/query/0").status_code == 200
        wire.mend()
        until(lambda: notes.read_text().count("event 1") == 2, within_s=15)
        publish(connection, envelope(n=2))
        until(lambda: "effect 2" in notes.read_text())

    assert desk.is_ready()
    assert desk.stop() == 0, "which waits for both deliveries to end"
    assert notes.read_text().count("effect 1") == 1


@pytest.mark.slow
def test_a_process_leaves_while_its_broker_is_away(desk: Program, wire: Wire) -> None:
    wire.cut()
    until(lambda: desk.http.get("/readyz").status_code == 503)
    started = time.monotonic()

    assert desk.stop() == 0
    assert time.monotonic() - started < 8


@pytest.mark.slow
def test_a_process_starts_and_serves_before_its_broker_is_there(
    start: Start, notes: Path, wire: Wire
) -> None:
    wire.cut()
    desk = start(DESK, NOTES=str(notes), AMQP_URL=wire.url, is_awaited=False)
    until(lambda: "broker away" in desk.log.read_text())
    assert desk.http.get("/query/0").status_code == 200
    wire.mend()
    until(desk.is_ready, within_s=15)

    assert desk.stop() == 0


@pytest.mark.slow
def test_a_process_leaves_in_order_though_its_broker_was_never_there(
    start: Start, notes: Path, wire: Wire
) -> None:
    wire.cut()
    desk = start(DESK, NOTES=str(notes), AMQP_URL=wire.url, is_awaited=False)
    until(lambda: "broker away" in desk.log.read_text())
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = pool.submit(desk.http.get, "/query/2")
        time.sleep(0.5)
        desk.process.terminate()

        assert desk.process.wait(timeout=8) == 0
        assert running.result().status_code == 200, "what was in work was cut off"


def test_a_call_over_a_broker_that_does_not_read_ends_at_its_deadline(
    desk: Program, wire: Wire
) -> None:
    assert desk.http.get("/ask/0").text.startswith("0.0")
    wire.freeze()
    outcome, took, _ = desk.http.get("/ask/0").text.split()
    assert outcome == "RpcTimeout"
    assert float(took) < 1.5
    wire.thaw()

    until(lambda: desk.http.get("/ask/0").text.startswith("0.0"), within_s=15)


@pytest.mark.slow
def test_hanging_publishes_do_not_pile_up() -> None:
    program = """
from extracted.chassis import boot; boot.patch()
import time, eventlet
from nameko.exceptions import RpcTimeout
from extracted.chassis.publishing import MAX_ABANDONED, publish_within
def attempt():
    started = time.monotonic()
    try: publish_within(0.05, eventlet.sleep, 0.8)
    except RpcTimeout: return time.monotonic() - started
assert all(attempt() > 0.04 for _ in range(MAX_ABANDONED))
assert attempt() < 0.04, "not even tried"
eventlet.sleep(1)
assert attempt() > 0.04, "tried again when the broker has come back"
publish_within(1, eventlet.sleep, 0)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_a_queue_of_answers_that_has_expired_is_made_anew(
    desk: Program, wire: Wire, vhost: str, servers: Mapping[str, str]
) -> None:
    """It outlives its process by seconds; who was cut off for longer is heard again nevertheless."""
    assert desk.http.get("/ask-patiently/0").text.startswith("0.0 ")
    (reply,) = reply_queues(vhost, servers)
    assert reply["arguments"] == {"x-expires": REPLY_QUEUE_TTL_MS}
    wire.cut()
    until(lambda: desk.http.get("/readyz").status_code == 503)
    with kombu.Connection(vhost) as connection:
        # As the broker does it when nobody comes back in time.
        connection.channel().queue_delete(reply["name"])
    wire.mend()
    until(desk.is_ready, within_s=15)
    assert desk.http.get("/ask-patiently/0").text.startswith("0.0 ")


def reply_queues(vhost: str, servers: Mapping[str, str]) -> list[dict[str, Any]]:
    """Where the virtual host's processes hear what they are answered."""
    place = f"{servers['AMQP_MANAGEMENT_URL']}/api/queues{urlsplit(vhost).path}"
    found = httpx.get(place, trust_env=False).raise_for_status().json()
    return [queue for queue in found if queue["name"].startswith("rpc.reply-")]
