"""The chassis over AMQP: nothing is lost, nothing spins, nobody waits for ever."""

import concurrent.futures
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import kombu
import pytest

from tests.extracted.running import Program, until

QUEUE = "evt-shop-thing_happened--desk.on_thing"


@pytest.fixture
def connection(shared_vhost: str) -> Iterator[kombu.Connection]:
    with kombu.Connection(shared_vhost) as connection:
        connection.connect()
        yield connection


def publish(connection: kombu.Connection, body: Any, **properties: Any) -> None:
    exchange = kombu.Exchange("shop.events", type="topic", durable=True)
    properties = {"exchange": exchange, "routing_key": "thing_happened", **properties}
    connection.Producer(serializer="json").publish(body, **properties)


def envelope(**payload: Any) -> dict[str, Any]:
    return {
        "event_id": str(uuid.uuid4()),
        "event": "thing_happened",
        "domain": "shop",
        "source": "monolith",
        "kind": "fact",
        "aggregate_id": "1",
        "sequence": 1,
        "epoch": 1,
        "occurred_at": "2026-11-22T10:00:00.000000Z",
        "payload": payload,
    }


def dead_letters(connection: kombu.Connection) -> list[Any]:
    found = []
    queue = connection.SimpleQueue(kombu.Queue(f"{QUEUE}.dlq", durable=True))
    try:
        while True:
            message = queue.get(block=False)
            message.ack()
            found.append(message)
    except queue.Empty:
        return found
    finally:
        queue.close()


def test_a_message_that_keeps_failing_is_retried_then_parked(
    shared_desk: Program, shared_notes: Path, connection: kombu.Connection
) -> None:
    publish(connection, envelope(n=1, fails=True))
    until(lambda: shared_notes.read_text().count("event 1") == 3)

    found: list[Any] = []
    until(lambda: bool(found.extend(dead_letters(connection)) or found))  # type: ignore[func-returns-value]
    assert found[0].headers["x-attempt"] == 2
    assert "not this time" in found[0].headers["x-error"]
    assert found[0].decode()["payload"] == {"n": 1, "fails": True}


def test_a_database_that_is_away_puts_nothing_aside(
    shared_desk: Program, shared_notes: Path, connection: kombu.Connection
) -> None:
    # Far more often than a message that fails is tried; afterwards it has its effect.
    publish(connection, envelope(n=7, away=6))
    until(lambda: "effect 7" in shared_notes.read_text())

    assert shared_notes.read_text().count("event 7\n") == 7
    assert dead_letters(connection) == []


@pytest.mark.parametrize(
    ("body", "properties"),
    [
        pytest.param(envelope(n=2, rejects=True), {}, id="rejected by its handler"),
        pytest.param({"no": "envelope"}, {}, id="not an envelope"),
        pytest.param(
            b"\xff{",
            {"content_type": "application/json", "content_encoding": "utf-8"},
            id="not even JSON",
        ),
        pytest.param(
            b"cos\nsystem", {"content_type": "application/x-python-serialize"}, id="pickle"
        ),
    ],
)
def test_poison_goes_straight_to_the_dead_letters(
    shared_desk: Program, connection: kombu.Connection, body: Any, properties: dict[str, Any]
) -> None:
    publish(connection, body, **properties)

    found: list[Any] = []
    until(lambda: bool(found.extend(dead_letters(connection)) or found))  # type: ignore[func-returns-value]
    assert len(found) == 1
    assert shared_desk.is_ready()


def test_an_event_delivered_twice_has_its_effect_once(
    shared_desk: Program, shared_notes: Path, connection: kombu.Connection
) -> None:
    event = envelope(n=3)
    publish(connection, event)
    publish(connection, event)
    until(lambda: shared_notes.read_text().count("event 3") == 2)
    publish(connection, envelope(n=4))
    until(lambda: "effect 4" in shared_notes.read_text())

    assert shared_notes.read_text().count("effect 3") == 1


def test_an_event_in_work_at_sigterm_is_finished_and_acknowledged(
    desk: Program, notes: Path, vhost: str
) -> None:
    with kombu.Connection(vhost) as connection:
        publish(connection, envelope(n=5, seconds=3))
        until(lambda: "event 5" in notes.read_text())
        assert desk.stop() == 0

        assert "effect 5" in notes.read_text()
        declared = connection.default_channel.queue_declare(QUEUE, passive=True)
        assert declared.message_count == 0


def test_a_caller_gets_its_answer_or_the_deadline(shared_desk: Program, shared_notes: Path) -> None:
    in_time = shared_desk.http.get("/ask/0.1").text.split()
    too_late = shared_desk.http.get("/ask/2").text.split()

    assert in_time[0] == "0.1"
    assert too_late[0] == "RpcTimeout"
    assert float(too_late[1]) < 1.0
    assert too_late[2] == "0", "a reply that nobody awaits must not be kept"


def test_a_request_whose_caller_gave_up_is_not_executed(
    shared_desk: Program, shared_notes: Path, connection: kombu.Connection
) -> None:
    for deadline in (time.time() - 1, time.time() + 5):
        connection.Producer(serializer="json").publish(
            {"args": [0.013], "kwargs": {}},
            exchange=kombu.Exchange("nameko-rpc", type="topic", durable=True),
            routing_key="desk.sleep",
            reply_to="nobody",
            headers={"nameko.deadline": deadline},
        )
    until(lambda: "rpc ended 0.013" in shared_notes.read_text())

    assert shared_notes.read_text().count("rpc begun 0.013") == 1


@pytest.mark.parametrize("body", [{"args": [0.0], "kwargs": {}}, {"no": "args"}, "text"])
def test_poison_requests_do_not_take_the_service_down(
    shared_desk: Program, connection: kombu.Connection, body: Any
) -> None:
    connection.Producer(serializer="json").publish(
        body,
        exchange=kombu.Exchange("nameko-rpc", type="topic", durable=True),
        routing_key="desk.sleep",
    )

    assert shared_desk.http.get("/ask/0").text.startswith("0.0")
    assert shared_desk.process.poll() is None


def test_an_absent_service_is_named_at_once(shared_desk: Program) -> None:
    assert shared_desk.http.get("/ask-nobody").text == "UnknownService"


def test_the_correlation_id_travels_with_a_call(shared_desk: Program) -> None:
    answer = shared_desk.http.get("/correlation", headers={"X-Correlation-ID": "abc-1"})

    assert (answer.text, answer.headers["x-correlation-id"]) == ("abc-1", "abc-1")


def test_a_call_in_work_at_sigterm_gets_its_reply(desk: Program, notes: Path) -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(httpx.get, f"{desk.url}/ask-patiently/0.4", timeout=10)
        until(lambda: "rpc begun" in notes.read_text())
        desk.process.terminate()

        assert answer.result().text.startswith("0.4")
    assert desk.process.wait(timeout=10) == 0
