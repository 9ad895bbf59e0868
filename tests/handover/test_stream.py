"""Facts are published once and in order, whatever dies on the way."""

import json
import threading
from contextlib import closing
from uuid import uuid4

from handover import relay, topology
from handover.process import Standing, connect_broker

from .conftest import DOMAIN, wait_until


def capture(shop):
    with shop.monolith.hand() as hand:
        assert hand.start_capture(DOMAIN)


def published(shop):
    with shop.monolith.hand() as hand:
        return hand.outbox_depth(DOMAIN) == 0


def carried(shop):
    """What lies in the queue of whoever will take the stream, in the order of its arrival."""
    found = []
    with closing(connect_broker(shop.monolith.amqp_url)) as broker:
        channel = broker.channel()
        while (message := channel.basic_get(topology.stream_queue(DOMAIN, "service"))) is not None:
            found.append(json.loads(message.body))
    return found


def first_appearances(messages):
    return list({message["event_id"]: message for message in reversed(messages)}.values())[::-1]


def test_nothing_is_recorded_before_capture_begins(shop):
    with shop.monolith.connect() as connection, shop.monolith.hand() as hand:
        shop.monolith.put(connection, uuid4(), "a")
        assert hand.outbox_depth(DOMAIN) == 0
        assert hand.start_capture(DOMAIN)
        assert not hand.start_capture(DOMAIN)
        shop.monolith.put(connection, uuid4(), "b")
        assert hand.outbox_depth(DOMAIN) == 2


def test_a_fact_is_only_there_when_its_transaction_is(shop):
    capture(shop)
    with shop.monolith.connect() as connection, shop.monolith.hand() as hand:
        with connection.transaction(force_rollback=True):
            shop.monolith.put(connection, uuid4(), "never")
        assert hand.outbox_depth(DOMAIN) == 1


def test_changes_and_deletions_are_published_in_the_order_of_their_commits(shop, keys):
    capture(shop)
    shop.start("monolith-relay")
    with shop.monolith.connect() as connection:
        for number, key in enumerate(keys):
            shop.monolith.put(connection, key, f"label {number}")
        shop.monolith.put(connection, keys[0], "changed")
        shop.monolith.delete(connection, keys[1])
    wait_until(lambda: published(shop))
    reset, *facts = carried(shop)
    assert reset["kind"] == "reset"
    assert [fact["aggregate_id"] for fact in facts] == list(map(str, (*keys, keys[0], keys[1])))
    assert [fact["sequence"] for fact in facts] == list(range(2, len(facts) + 2))
    assert facts[-1]["payload"]["rows"][0]["op"] == "delete"


def test_nothing_is_lost_when_the_relay_is_killed(shop):
    capture(shop)
    shop.start("monolith-relay")
    stop = threading.Event()
    written = []

    def write() -> None:
        mine = [uuid4() for _ in range(10)]
        with shop.monolith.connect() as connection:
            number = 0
            while not stop.is_set():
                number += 1
                shop.monolith.put(connection, mine[number % 10], f"{mine[0]} {number}")
                written.append(number)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(3):
            before = len(written)
            wait_until(lambda before=before: len(written) > before + 20, what="work")
            shop.kill("monolith-relay")
            shop.start("monolith-relay")
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    wait_until(lambda: published(shop))
    messages = first_appearances(carried(shop))
    # A message may come twice, and each comes first in its turn.
    assert [message["sequence"] for message in messages] == list(range(1, len(written) + 2))


def test_a_second_relay_stands_by_and_takes_over(shop, keys):
    capture(shop)
    shop.start("monolith-relay")
    first = shop.processes.pop("monolith-relay")
    shop.start("monolith-relay")
    first.kill()
    with shop.monolith.connect() as connection:
        for key in keys:
            shop.monolith.put(connection, key, str(key))
    wait_until(lambda: published(shop))
    assert len(first_appearances(carried(shop))) == len(keys) + 1


def test_a_relay_that_stands_by_listens_to_nothing(shop, monkeypatch):
    # psycopg keeps every notification until somebody reads it, and a relay that waits reads none.
    def stand_by(database, _standing, **_):
        heard.extend(database.execute("SELECT pg_listening_channels()").fetchall())
        return False

    heard: list[object] = []
    monkeypatch.setattr(relay, "become_active", stand_by)
    relay._session(shop.monolith.settings()["relay"], Standing())
    assert heard == []


def test_a_plain_event_reaches_whoever_listens_on_namekos_exchange(shop, keys):
    capture(shop)
    with closing(connect_broker(shop.monolith.amqp_url)) as broker:
        channel = broker.channel()
        topology.declare(channel, domain=DOMAIN, side="monolith", receiver="service")
        listener = channel.queue_declare("", exclusive=True).queue
        channel.queue_bind(listener, topology.events_exchange(DOMAIN), "thing_changed")
        shop.start("monolith-relay")
        with shop.monolith.connect() as connection:
            shop.monolith.put(connection, keys[0], "a")
        received = []
        channel.basic_consume(listener, callback=received.append, no_ack=True)
        wait_until(lambda: broker.drain_events(timeout=5) or received)
        body = json.loads(received[0].body)
        assert body["event"] == "thing_changed"
        assert body["aggregate_id"] == str(keys[0])
        assert body["sequence"] == 2
