"""What a handler could not do is shown, and given back when the reason is mended."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import amqp
import psycopg
import pytest

from extracted.chassis.dead_letters import queues_of
from extracted.chassis.events import LAST_ERROR, dead_letters
from extracted.contracts.orders import Order, OrderPlaced
from extracted.notifications.events import NotificationsEvents
from handover.process import connect_broker
from tests.docs.markdown import blocks
from tests.extracted.running import ROOT, Start, await_consumer, until
from tests.extracted.test_notifications import order

LOOK, REPLAY, _ = blocks(ROOT / "migration-plan" / "runbooks" / "dead-letters.md")
QUEUE = "evt-orders-order_placed--notifications.note_placed"


@pytest.fixture
def channel(start: Start, vhost: str) -> Iterator[amqp.Channel]:
    """Our handlers on a broker of their own, and our channel to it."""
    program = start("-m", "extracted.notifications", "events", AMQP_URL=vhost)
    await_consumer(vhost, QUEUE)
    with connect_broker(vhost) as broker, broker.channel() as channel:
        yield channel
    program.stop()


def command(environment: dict[str, str], vhost: str, *arguments: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "extracted.notifications", "dead-letters", "--json", *arguments],
        env={**os.environ, **environment, "AMQP_URL": vhost},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return [queue for queue in found if queue["queue"] == QUEUE]


def order_placed(placed: Order) -> dict[str, Any]:
    return {
        "event_id": str(uuid.uuid4()),
        "event": "order_placed",
        "domain": "orders",
        "source": "monolith",
        "kind": "fact",
        "aggregate_id": str(placed.id),
        "sequence": 1,
        "epoch": 1,
        "occurred_at": "2026-11-22T10:00:00.000000Z",
        "payload": OrderPlaced(order=placed).model_dump(mode="json"),
    }


def types(line: str, environment: dict[str, str], vhost: str) -> str:
    """Type a line of the runbook; returns what it printed."""
    done = subprocess.run(
        ["bash", "-c", line.replace("python", sys.executable, 1)],
        env={**os.environ, **environment, "AMQP_URL": vhost},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def put(channel: amqp.Channel, queue: str, body: bytes) -> None:
    message = amqp.Message(body, content_type="application/json", delivery_mode=2)
    channel.basic_publish(message, exchange="", routing_key=queue)


def parked(channel: amqp.Channel) -> int:
    return int(channel.queue_declare(dead_letters(QUEUE), passive=True).message_count)


def test_the_queues_are_those_that_nameko_makes(channel: amqp.Channel) -> None:
    assert QUEUE in queues_of(NotificationsEvents)
    assert channel.queue_declare(QUEUE, passive=True).queue == QUEUE
    assert len(queues_of(NotificationsEvents)) == 6


@pytest.mark.slow
def test_a_parked_message_is_shown_and_stays(
    channel: amqp.Channel, environment: dict[str, str], vhost: str
) -> None:
    put(channel, QUEUE, b'{"event": "order_placed"}')
    until(lambda: parked(channel) == 1)
    for _ in range(2):
        (found,) = command(environment, vhost)
        assert (found["count"], found["event"], found["replayed"]) == (1, "order_placed", 0)


def test_what_is_given_back_is_handled_and_poison_is_parked_again(
    channel: amqp.Channel, environment: dict[str, str], vhost: str, auditor: psycopg.Connection
) -> None:
    placed = order("placed")
    good = json.dumps(order_placed(placed)).encode()
    # Put aside by a version that did not understand it.
    put(channel, dead_letters(QUEUE), good)
    put(channel, dead_letters(QUEUE), b"poison")
    until(lambda: parked(channel) == 2)
    (found,) = command(environment, vhost, "--replay")
    assert found["replayed"] == 2
    query = "SELECT status FROM notifications.notice WHERE order_id = %s"
    until(lambda: auditor.execute(query, (placed.id,)).fetchone() == ("placed",))
    until(lambda: parked(channel) == 1)
    command(environment, vhost, "--replay")
    until(lambda: parked(channel) == 1)
    assert auditor.execute(query, (placed.id,)).fetchall() == [("placed",)]


@pytest.mark.slow
def test_what_the_runbook_tells_to_type_gives_it_back(
    channel: amqp.Channel, environment: dict[str, str], vhost: str, auditor: psycopg.Connection
) -> None:
    looked, (replayed, looked_again) = LOOK.splitlines(), REPLAY.splitlines()
    placed = order("placed")
    good = json.dumps(order_placed(placed)).encode()
    headers = {LAST_ERROR: "KeyError('quantity')"}
    message = amqp.Message(good, content_type="application/json", application_headers=headers)
    channel.basic_publish(message, exchange="", routing_key=dead_letters(QUEUE))
    until(lambda: parked(channel) == 1)
    # Of all queues of the service; this one has something.
    said = [
        [line for line in types(typed, environment, vhost).splitlines() if line.startswith(QUEUE)]
        for typed in (*looked, replayed)
    ]
    # The line has the oldest error.
    assert said == [
        [f"{QUEUE}: 1 parked; the oldest: order_placed: KeyError('quantity')"],
        [f"{QUEUE}: 1 given back; the oldest: order_placed: KeyError('quantity')"],
    ]
    query = "SELECT status FROM notifications.notice WHERE order_id = %s"
    until(lambda: auditor.execute(query, (placed.id,)).fetchone() == ("placed",))
    assert f"{QUEUE}: 0 parked\n" in types(looked_again, environment, vhost)


def test_without_a_broker_it_is_one_line(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "extracted.notifications", "dead-letters"],
        env={**os.environ, **environment, "AMQP_URL": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "notifications dead-letters: AMQP_URL is not set\n",
    )
