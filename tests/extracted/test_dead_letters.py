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

from extracted.catalog.events import CatalogEvents
from extracted.chassis.dead_letters import queues_of
from extracted.chassis.events import dead_letters
from extracted.notifications.events import NotificationsEvents
from handover.process import connect_broker
from tests.extracted.running import ROOT, Start, await_consumer, until
from tests.extracted.test_catalog_events import order_placed

QUEUE = "evt-orders-order_placed--catalog.count_order"


@pytest.fixture
def channel(start: Start, vhost: str) -> Iterator[amqp.Channel]:
    """The catalog's handlers on a broker of their own, and our channel to it."""
    program = start("-m", "extracted.catalog", "events", AMQP_URL=vhost)
    await_consumer(vhost, QUEUE)
    with connect_broker(vhost) as broker, broker.channel() as channel:
        yield channel
    program.stop()


def command(environment: dict[str, str], vhost: str, *arguments: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "extracted.catalog", "dead-letters", "--json", *arguments],
        env={**os.environ, **environment, "AMQP_URL": vhost},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def put(channel: amqp.Channel, queue: str, body: bytes) -> None:
    message = amqp.Message(body, content_type="application/json", delivery_mode=2)
    channel.basic_publish(message, exchange="", routing_key=queue)


def parked(channel: amqp.Channel) -> int:
    return int(channel.queue_declare(dead_letters(QUEUE), passive=True).message_count)


def test_the_queues_are_those_that_nameko_makes(channel: amqp.Channel) -> None:
    assert queues_of(CatalogEvents) == (QUEUE,)
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
    product = uuid.uuid4()
    good = json.dumps(order_placed(product_id=product, quantity=3)).encode()
    # Put aside by a version that did not understand it.
    put(channel, dead_letters(QUEUE), good)
    put(channel, dead_letters(QUEUE), b"poison")
    until(lambda: parked(channel) == 2)
    (found,) = command(environment, vhost, "--replay")
    assert found["replayed"] == 2
    query = "SELECT ordered FROM catalog.popularity WHERE product_id = %s"
    until(lambda: auditor.execute(query, (product,)).fetchone() == (3,))
    until(lambda: parked(channel) == 1)
    command(environment, vhost, "--replay")
    until(lambda: parked(channel) == 1)
    assert auditor.execute(query, (product,)).fetchone() == (3,)


def test_without_a_broker_it_is_one_line(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "extracted.catalog", "dead-letters"],
        env={**os.environ, **environment, "AMQP_URL": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (2, "catalog dead-letters: AMQP_URL is not set\n")
