"""The way to the other side, tried: a message that changes nothing comes to whoever owns the writes."""

import json
from typing import Any
from uuid import UUID

import psycopg
import pytest

from extracted.catalog import migrate as catalog
from extracted.contracts.envelope import Envelope
from extracted.inventory import migrate as inventory
from extracted.notifications import migrate as notifications
from extracted.orders import migrate as orders
from extracted.payments import migrate as payments
from handover import wire
from handover.cloudevents import to_record
from handover.moves import hand_over
from handover.operator import Hand
from stack import testing

from .conftest import DOMAIN, Shop, SideOfShop, wait_until

SERVICES = {
    "catalog": catalog,
    "inventory": inventory,
    "notifications": notifications,
    "orders": orders,
    "payments": payments,
}
SAID = (
    "SELECT kind, event, aggregate_id, epoch, stream_sequence, payload FROM handover.outbox "
    "WHERE domain = %s ORDER BY id"
)
EMPTY = {"entity": "thing", "images": []}


def said(side: SideOfShop) -> list[dict[str, Any]]:
    with side.connect("owner") as owner:
        return owner.execute(SAID, (DOMAIN,)).fetchall()


def standing(side: SideOfShop) -> tuple[object, ...]:
    """Everything a message could change, but how far the stream has been applied."""
    tables = ("ownership", "seam", "entity", "tombstone", "backfill", "refused_grant", "comparison")
    with side.connect("owner") as owner:
        kept = [
            owner.execute(f"SELECT * FROM handover.{table} ORDER BY 1, 2").fetchall()
            for table in tables
        ]
    return side.rows(), kept


def arrives(at: Hand, number: int) -> None:
    wait_until(lambda: at.inbox_sequence(DOMAIN) == number, what=f"message {number}")


@pytest.fixture
def copied(shop: Shop, keys: list[UUID]) -> Shop:
    """The monolith owns, and the service has its rows."""
    shop.start_all()
    with shop.monolith.hand() as hand, shop.monolith.connect() as connection:
        hand.start_capture(DOMAIN)
        for key in keys:
            shop.monolith.put(connection, key, str(key))
    wait_until(lambda: shop.service.rows() == shop.monolith.rows(), what="the copy")
    return shop


def test_a_message_comes_to_the_owner_and_changes_nothing(copied: Shop) -> None:
    before = standing(copied.monolith), standing(copied.service)
    with copied.service.hand() as service, copied.monolith.hand() as monolith:
        numbers = [service.try_way(DOMAIN) for _ in range(3)]
        assert numbers == [1, 2, 3]
        arrives(monolith, 3)
    assert (standing(copied.monolith), standing(copied.service)) == before
    assert said(copied.service) == [
        {"kind": "snapshot", "event": "rows_snapshot", "aggregate_id": "thing", "epoch": 1,
         "stream_sequence": number, "payload": EMPTY}
        for number in numbers
    ]  # fmt: skip


def test_it_is_a_message_of_the_published_language_and_of_kafka(shared_shop: Shop) -> None:
    with shared_shop.service.hand() as service:
        service.try_way(DOMAIN)
    with shared_shop.service.connect("owner") as owner:
        owner.execute("UPDATE handover.outbox SET stream_sequence = 1")
        row = owner.execute("SELECT * FROM handover.outbox").fetchone()
    assert row is not None
    message = wire.to_amqp({**row, "payload": json.dumps(row["payload"])}, side="service")
    envelope = Envelope.model_validate_json(message.body)
    assert (envelope.source, envelope.epoch, envelope.payload) == ("service", 1, EMPTY)
    record = to_record(row, side="service", prefix="shop")
    assert json.loads(record.value) == EMPTY
    assert ("ce_kind", b"snapshot") in record.headers


def test_writes_go_there_and_back_over_ways_that_were_tried(copied: Shop, keys: list[UUID]) -> None:
    """Each side in turn is the one that owns nothing, in odd epochs and in even ones."""
    sides = [copied.monolith, copied.service]
    for number, (giver, taker) in enumerate([sides, sides[::-1]] * 2):
        with giver.hand() as mine, taker.hand() as theirs:
            arrives(mine, theirs.try_way(DOMAIN))
            hand_over(mine, theirs, DOMAIN)
        with taker.connect() as connection:
            assert taker.put(connection, keys[0], f"{number}") == number + 2
        wait_until(lambda: copied.service.rows() == copied.monolith.rows(), what="equality")
    for side in sides:
        numbers = [row["stream_sequence"] for row in said(side)]
        assert numbers == list(range(1, len(numbers) + 1))
        epochs = [row["epoch"] for row in said(side)]
        assert epochs == sorted(epochs)


def test_who_owns_has_no_way_to_try(shared_shop: Shop) -> None:
    with (
        shared_shop.monolith.hand() as monolith,
        pytest.raises(psycopg.Error, match="this side owns the writes of shop") as refused,
    ):
        monolith.try_way(DOMAIN)
    assert refused.value.sqlstate == "DM004"
    assert said(shared_shop.monolith) == []


def test_nothing_is_said_where_nobody_follows(shop: Shop) -> None:
    with shop.service.connect("owner") as owner, shop.service.hand() as service:
        owner.execute("UPDATE handover.stream SET receiver = NULL")
        for domain in (DOMAIN, "nowhere"):
            with pytest.raises(psycopg.Error, match="nobody follows") as refused:
                service.try_way(domain)
            assert refused.value.sqlstate == "DM004"
    assert said(shop.service) == []


@pytest.mark.parametrize("role", ["app", "relay", "applier", "auditor"])
def test_only_an_operator_tries_the_way(shared_shop: Shop, role: str) -> None:
    with (
        shared_shop.service.connect(role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT handover.try_way(%s)", (DOMAIN,))


@pytest.mark.parametrize("name", SERVICES)
def test_a_database_of_before_gets_it_and_gives_it_back(name: str, servers: dict[str, str]) -> None:
    service = SERVICES[name]
    with testing.scratch_database(name) as found:
        url = found[f"{name.upper()}_OWNER_DATABASE_URL"]
        service.migrate(url)
        with psycopg.connect(url, autocommit=True) as owner:

            def is_there() -> bool:
                row = owner.execute("SELECT to_regprocedure('handover.try_way(text)')").fetchone()
                return row != (None,)

            assert is_there()
            names = [migration.name for migration in service.all_migrations()]
            before, *since = names[names.index(service.WAY) - 1 :]
            assert service.migrate(url, target=before) == [f"- {name}" for name in since[::-1]]
            assert not is_there()
            assert service.migrate(url) == [f"+ {name}" for name in since]
            assert is_there()
        with psycopg.connect(found[f"STRANGLER_{name.upper()}_DATABASE_URL"]) as operator:
            assert operator.execute("SELECT handover.try_way(%s)", (name,)).fetchone() == (1,)
