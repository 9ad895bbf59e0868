"""The same facts arrive in Kafka: each at least once, in order, and nobody waits for it."""

import json
import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from handover import exporter, upkeep
from handover.exporter import (
    SINK,
    Exporter,
    MissingFactError,
    begin,
    end_export,
    ends_of,
    run_exporter,
)
from handover.kafka import KafkaConfigError, KafkaSettings, read_kafka_settings
from tests.plans import most_rows

from .conftest import DOMAIN, PROCESSES, wait_until
from .kafka_broker import MESSAGE_TOO_LARGE, NOT_ENOUGH_REPLICAS, MockKafka

PREFIX = "test"
TOPIC = f"{PREFIX}.{DOMAIN}"


@pytest.fixture
def kafka() -> Iterator[MockKafka]:
    cluster = MockKafka(TOPIC)
    yield cluster
    cluster.close()


def start(shop, kafka):
    """Start the exporter."""
    arguments = (
        shop.settings,
        KafkaSettings(bootstrap_servers=kafka.servers, topic_prefix=PREFIX),
    )
    shop.processes["kafka"] = PROCESSES.Process(target=run_exporter, args=arguments, daemon=True)
    shop.processes["kafka"].start()


def mark(shop):
    """How far Kafka is; None before anything was begun."""
    with shop.connect("auditor") as connection:
        row = connection.execute(
            "SELECT last_sequence FROM handover.export WHERE sink = %s AND domain = %s",
            (SINK, DOMAIN),
        ).fetchone()
    return None if row is None else row["last_sequence"]


def end(shop):
    """Where the stream ends, facts without a number included."""
    query = """
        SELECT last_sequence + (SELECT count(*) FROM handover.outbox o
            WHERE o.domain = s.domain AND o.stream_sequence IS NULL) AS e
          FROM handover.stream s WHERE domain = %s"""
    with shop.connect("auditor") as connection:
        return connection.execute(query, (DOMAIN,)).fetchone()["e"]


def has_all(shop):
    return mark(shop) == end(shop)


def outbox(shop):
    with shop.connect("auditor") as connection:
        return connection.execute("SELECT * FROM handover.outbox ORDER BY id").fetchall()


def attributes(record):
    return {name: value.decode() for name, value in record.headers()}


def first_appearances(records):
    """The records without what was repeated, as a consumer sees them that drops known ids."""
    seen, kept = set(), []
    for record in records:
        if (known := attributes(record)["ce_id"]) not in seen:
            seen.add(known)
            kept.append(record)
    return kept


def assert_order_is_kept(records):
    """Each aggregate's facts come in the order of their numbers, all in one partition."""
    last: dict[bytes, tuple[int, int]] = {}
    for record in first_appearances(records):
        number = int(attributes(record)["ce_sequence"])
        partition, before = last.get(record.key(), (record.partition(), 0))
        assert (record.partition(), number > before) == (partition, True)
        last[record.key()] = (partition, number)


def test_facts_arrive_as_cloudevents_in_order(shop, kafka, keys):
    shop.start_relay()
    start(shop, kafka)
    with shop.connect() as connection:
        for number in range(3):
            for key in keys:
                shop.put(connection, key, f"{key} {number} ä")
    wait_until(lambda: has_all(shop))
    records, said = kafka.read(TOPIC), outbox(shop)
    assert len(records) == len(said) == 3 * len(keys)
    assert_order_is_kept(records)
    numbers = sorted(int(attributes(record)["ce_sequence"]) for record in records)
    assert numbers == list(range(1, len(said) + 1))
    assert len({record.partition() for record in records}) > 1
    by_id = {attributes(record)["ce_id"]: record for record in records}
    for row in said:
        record = by_id[str(row["event_id"])]
        event = from_binary(
            KafkaMessage(dict(record.headers()), record.key(), record.value()), JSONFormat()
        )
        assert event.get_specversion() == "1.0"
        assert event.get_type() == f"{DOMAIN}.{row['event']}"
        assert event.get_source() == f"/service/{DOMAIN}"
        assert event.get_subject() == row["aggregate_id"]
        assert event.get_time() == row["occurred_at"]
        assert event.get_extension("kind") == row["kind"]
        assert event.get_data() == row["payload"] == json.loads(record.value())
        assert record.key() == row["aggregate_id"].encode()


def test_the_next_facts_are_found_without_reading_those_that_kafka_has(shop):
    with shop.connect("owner") as owner, shop.connect("relay") as relay:
        owner.execute(
            "INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload,"
            " stream_sequence, published_at) SELECT %s, 'fact', 'f', n::text, 1, '{}', n,"
            " clock_timestamp() FROM generate_series(1, 2000) n",
            (DOMAIN,),
        )
        owner.execute("ANALYZE handover.outbox")
        begin(relay)
        relay.execute("UPDATE handover.export SET last_sequence = 1997")
        explained = relay.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {exporter.NEXT}", {"sink": SINK, "window": 500}
        ).fetchone()
    assert most_rows(explained["QUERY PLAN"][0]["Plan"]) == 3


@pytest.mark.slow
def test_nothing_is_lost_when_the_relay_to_kafka_is_killed(shop, kafka):
    shop.start_relay()
    start(shop, kafka)
    stop = threading.Event()

    def write() -> None:
        mine = [uuid4() for _ in range(10)]
        with shop.connect() as connection:
            number = 0
            while not stop.is_set():
                number += 1
                shop.put(connection, mine[number % 10], f"{mine[0]} {number}")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(4):
            before = mark(shop) or 0
            wait_until(lambda before=before: (mark(shop) or 0) > before, what="work")
            shop.kill("kafka")
            start(shop, kafka)
    finally:
        stop.set()
        writer.join()
    wait_until(lambda: has_all(shop))
    records = kafka.read(TOPIC)
    assert {attributes(r)["ce_id"] for r in records} == {
        str(row["event_id"]) for row in outbox(shop)
    }
    assert_order_is_kept(records)


def cull(shop):
    with shop.connect("relay") as connection:
        connection.execute(upkeep.CULL, {"retention_s": 0.0, "at_once": 1000})


@pytest.mark.slow
def test_without_kafka_rabbitmq_goes_on_and_facts_are_kept(shop, kafka, keys):
    shop.start_relay()
    start(shop, kafka)
    wait_until(lambda: has_all(shop))
    reached = mark(shop)
    kafka.go_away()
    with shop.connect() as connection:
        for key in keys:
            shop.put(connection, key, str(key))
    wait_until(lambda: shop.depth() == 0)
    cull(shop)
    assert mark(shop) == reached
    assert [row["stream_sequence"] for row in outbox(shop)] == list(
        range(reached + 1, reached + len(keys) + 1)
    )
    kafka.come_back()
    wait_until(lambda: has_all(shop), timeout_s=60)
    records = kafka.read(TOPIC)
    assert len(first_appearances(records)) == reached + len(keys)
    assert_order_is_kept(records)
    cull(shop)
    assert outbox(shop) == []


def test_without_rabbitmq_kafka_goes_on(shop, kafka, keys):
    start(shop, kafka)
    with shop.connect() as connection:
        for key in keys:
            shop.put(connection, key, str(key))
    wait_until(lambda: has_all(shop))
    assert len(kafka.read(TOPIC)) == len(keys)
    # And the numbers it gave are those that RabbitMQ's relay goes on with.
    shop.start_relay()
    with shop.connect() as connection:
        shop.put(connection, keys[0], "again")
    wait_until(lambda: shop.depth() == 0)


@pytest.mark.parametrize("error", [MESSAGE_TOO_LARGE, NOT_ENOUGH_REPLICAS])
def test_what_kafka_refuses_is_not_marked_and_comes_again_in_order(shop, kafka, keys, error):
    kafka.refuse(error, error)
    with shop.connect() as connection:
        for number in range(10):
            for key in keys:
                shop.put(connection, key, f"{key} {number}")
    start(shop, kafka)
    wait_until(lambda: has_all(shop), timeout_s=60)
    records = kafka.read(TOPIC)
    assert len(first_appearances(records)) == 10 * len(keys)
    assert_order_is_kept(records)


class Refusing:
    """A sink that acknowledges nothing."""

    def publish(self, records: object) -> None:
        raise ConnectionError

    def poll(self) -> None: ...


def test_a_mark_moves_only_after_the_acknowledgement(shop, keys):
    with shop.connect() as connection:
        shop.put(connection, keys[0], "a")
    shop.start_relay()
    wait_until(lambda: shop.depth() == 0)
    with shop.connect("relay") as database:
        begin(database)
        exporter = Exporter(database=database, sink=Refusing(), side="service", prefix=PREFIX)
        before = mark(shop)
        with pytest.raises(ConnectionError):
            exporter.carry()
    assert mark(shop) == before < end(shop)


def test_it_begins_with_the_oldest_fact_that_is_there_and_ends_when_told(shop, keys):
    shop.start_relay()
    with shop.connect() as connection:
        shop.put(connection, keys[0], "a")
        wait_until(lambda: end(shop) == 1 and shop.depth() == 0)
        cull(shop)
        assert (outbox(shop), mark(shop)) == ([], None)
        shop.put(connection, keys[0], "b")
        wait_until(lambda: end(shop) == 2 and shop.depth() == 0)
    with shop.connect("relay") as database:
        begin(database)
        assert mark(shop) == 1
    cull(shop)
    assert len(outbox(shop)) == 1
    assert end_export(shop.settings) == 1
    cull(shop)
    assert outbox(shop) == []


def row(number: int) -> dict[str, object]:
    return {"domain": "a", "stream_sequence": number}


def test_a_missing_number_stops_it() -> None:
    assert ends_of([row(3), row(4)], after={"a": 2, "b": 9}) == {"a": 4}
    with pytest.raises(MissingFactError, match="a: 3 is missing, 4 is there"):
        ends_of([row(4)], after={"a": 2})


SERVERS = {"KAFKA_BOOTSTRAP_SERVERS": "one:9092, two:9092"}


def test_settings_are_read() -> None:
    found = read_kafka_settings(SERVERS | {"KAFKA_TOPIC_PREFIX": "shop.prod"})
    assert found == KafkaSettings(bootstrap_servers="one:9092,two:9092", topic_prefix="shop.prod")
    assert read_kafka_settings(SERVERS).topic_prefix == "shop"


@pytest.mark.parametrize(
    "wrong",
    [
        {"KAFKA_BOOTSTRAP_SERVERS": ""},
        {"KAFKA_BOOTSTRAP_SERVERS": "localhost"},
        {"KAFKA_BOOTSTRAP_SERVERS": "http://localhost:9092"},
        {"KAFKA_BOOTSTRAP_SERVERS": "a:1,,b:2"},
        {"KAFKA_TOPIC_PREFIX": "two words"},
        {"KAFKA_TOPIC_PREFIX": "."},
        {"KAFKA_TOPIC_PREFIX": "x" * 101},
        {"KAFKA_SECURITY_PROTOCOL": "TLS"},
        {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"},
        {"KAFKA_SASL_MECHANISM": "PLAIN"},
        {"KAFKA_CA_FILE": "/no/such/file"},
    ],
    ids=repr,
)
def test_a_setting_that_makes_no_sense_is_refused_in_one_line(wrong: dict[str, str]) -> None:
    with pytest.raises(KafkaConfigError) as caught:
        read_kafka_settings(SERVERS | {"KAFKA_SASL_PASSWORD": "secret"} | wrong)
    assert next(iter(wrong)) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert "secret" not in str(caught.value)
