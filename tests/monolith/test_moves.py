"""A domain begins to move with numbers that begin anew, and with nobody who uses the old ones."""

from collections.abc import Iterator

import psycopg
import pytest

from handover.active import EXPORT_LOCK, RELAY_LOCK
from monolith.inventory.entities import INVENTORY
from monolith.orders.entities import ORDERS
from monolith.outbox.moves import begin_to_move_sql

FACT = (
    "INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload,"
    " stream_sequence, published_at) VALUES (%s, 'fact', 'f', 'a', 1, '{}', %s, %s)"
)
EXPORTED = "INSERT INTO handover.export (sink, domain, last_sequence) VALUES ('kafka', %s, %s)"


@pytest.fixture
def migrating(owner: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """The owner, in a transaction that is taken back."""
    with owner.transaction(force_rollback=True):
        yield owner


@pytest.mark.parametrize("lock", [RELAY_LOCK, EXPORT_LOCK], ids=["to RabbitMQ", "to Kafka"])
def test_no_domain_begins_to_move_under_a_relay_at_work(
    database: dict[str, str], migrating: psycopg.Connection, lock: int
) -> None:
    with psycopg.connect(database["MONOLITH_RELAY_DATABASE_URL"]) as relay:
        relay.execute("SELECT pg_advisory_lock(4711, %s)", (lock,))
        with pytest.raises(psycopg.errors.RaiseException, match="a relay is at work"):
            migrating.execute(begin_to_move_sql(ORDERS))


def test_what_waits_is_numbered_anew_for_kafka_as_well(migrating: psycopg.Connection) -> None:
    migrating.execute(EXPORTED, ("orders", 700))
    migrating.execute(FACT, ("orders", 700, "2026-01-01"))
    migrating.execute(FACT, ("orders", 701, None))
    migrating.execute(begin_to_move_sql(ORDERS))
    left = migrating.execute("SELECT stream_sequence FROM handover.outbox").fetchall()
    assert left == [(None,)]
    mark = "SELECT last_sequence FROM handover.export WHERE domain = 'orders'"
    assert migrating.execute(mark).fetchall() == [(0,)]


def test_what_kafka_has_not_got_keeps_a_domain_from_moving(migrating: psycopg.Connection) -> None:
    migrating.execute(EXPORTED, ("inventory", 699))
    migrating.execute(FACT, ("inventory", 700, "2026-01-01"))
    with pytest.raises(psycopg.errors.RaiseException, match="Kafka has not got all facts"):
        migrating.execute(begin_to_move_sql(INVENTORY))
