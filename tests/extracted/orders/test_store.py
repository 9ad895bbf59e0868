"""Orders as events in PostgreSQL: appended by one at a time, from a snapshot on, imported, forgotten."""

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from extracted.chassis.config import Settings
from extracted.chassis.database import Database
from extracted.chassis.owned import Owned, write
from extracted.contracts.problems import ProblemError
from extracted.orders import store
from extracted.orders.checking import differences
from extracted.orders.domain import Purchase, Status, fold
from extracted.orders.placing import new_id
from tests.extracted.orders.home import Connection, Home, bears, become, place, wish
from tests.extracted.running import until

HISTORY = (Status.PAID, Status.SHIPPED, Status.DELIVERED, Status.REFUNDED)


@pytest.fixture
def app(home: Home) -> Iterator[Connection]:
    with home.connect() as connection:
        yield connection
        assert differences(home.url("owner")) == []
        home.empty()


@pytest.fixture
def readers(home: Home, app: Connection) -> Iterator[Database]:
    settings = Settings(service="orders", database_url=home.url(), amqp_url="", port=1)
    database = Database(settings)
    database.open()
    yield database
    database.close()


def snapshot(home: Home, order_id: uuid.UUID) -> int | None:
    found = home.rows("SELECT version FROM orders.snapshot WHERE order_id = %s", order_id)
    return found[0][0] if found else None


def test_an_order_is_what_its_events_say(app: Connection, home: Home) -> None:
    placed = place(app, bears(1250, 300))
    assert store.load(app, placed.id) == placed
    paid = become(app, placed.id, Status.PAID)
    assert store.load(app, placed.id) == paid
    told = list(store.events_of(app, placed.id))
    assert [event.type for event in told] == ["order_placed", "order_paid"]
    assert fold(told) == paid
    assert store.from_row(home.rows(store.PURCHASE, placed.id)[0]) == paid


def test_a_snapshot_is_taken_now_and_then_and_read_from(app: Connection, home: Home) -> None:
    order_id = place(app).id
    become(app, order_id, *HISTORY[: store.SNAPSHOT_EVERY - 2])
    assert snapshot(home, order_id) is None
    taken = become(app, order_id, HISTORY[store.SNAPSHOT_EVERY - 2])
    assert snapshot(home, order_id) == store.SNAPSHOT_EVERY
    assert store.load(app, order_id) == taken == fold(store.events_of(app, order_id))

    last = become(app, order_id, HISTORY[-1])
    home.owner.execute("ALTER TABLE orders.event DISABLE TRIGGER USER")
    with home.owner.transaction(force_rollback=True):
        home.owner.execute(
            "DELETE FROM orders.event WHERE order_id = %s AND version <= %s",
            (order_id, store.SNAPSHOT_EVERY),
        )
        assert store.load(home.owner, order_id) == last, "what came before it is not read"
    home.owner.execute("ALTER TABLE orders.event ENABLE TRIGGER USER")


def test_what_is_unknown_or_not_allowed_changes_nothing(app: Connection, home: Home) -> None:
    order_id = place(app).id
    with pytest.raises(ProblemError, match="order-not-found"):
        become(app, uuid.uuid4(), Status.PAID)
    with pytest.raises(ProblemError, match="order-state"):
        become(app, order_id, Status.SHIPPED)
    assert home.rows("SELECT order_id, version FROM orders.event") == [(order_id, 1)]


def test_of_many_writers_of_one_order_one_wins(app: Connection, home: Home) -> None:
    order_id = place(app).id
    barrier = threading.Barrier(5)

    def attempt(wanted: Status) -> str:
        with home.connect() as connection:
            barrier.wait(timeout=10)
            try:
                return str(become(connection, order_id, wanted).status)
            except ProblemError as refusal:
                return refusal.kind

    with ThreadPoolExecutor(5) as pool:
        wanted = [Status.CANCELLED, Status.PAID, Status.CANCELLED, Status.PAID, Status.CANCELLED]
        ends = list(pool.map(attempt, wanted))
    assert ends.count("order-state") == 4
    told = list(store.events_of(app, order_id))
    assert [event.version for event in told] == [1, 2]
    assert told[-1].type.removeprefix("order_") in ends


def test_a_second_writer_waits_for_the_first_and_sees_what_it_did(
    app: Connection, home: Home
) -> None:
    order_id = place(app).id
    with home.connect() as first, ThreadPoolExecutor(1) as pool:
        with first.transaction():
            first.execute("SELECT handover.enter('orders')")
            store.become(first, store.locked(first, order_id), Status.PAID)
            second = pool.submit(become, app, order_id, Status.SHIPPED)
            waiting = "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted"
            until(lambda: home.rows(waiting, app.info.backend_pid))
        assert second.result(timeout=10).version == 3


def test_a_version_that_somebody_took_is_tried_again(app: Connection, readers: Database) -> None:
    """Whoever does not lock: the key of the events lets only one have a version."""
    order_id, tries = new_id(), []
    data = wish()

    def work(owned: Owned) -> Purchase:
        tries.append(1)
        known = store.load(owned.connection, order_id)
        if known is not None:
            return known
        with app.transaction():
            # A twin, between our look and our write.
            app.execute("SELECT handover.enter('orders')")
            store.begin(app, order_id, data)
        return store.begin(owned.connection, order_id, data)

    found = write(readers, "orders", work)
    assert (len(tries), found.version) == (2, 1)
    assert len(list(store.events_of(app, order_id))) == 1


def test_events_are_appended_and_never_changed(app: Connection) -> None:
    order_id = place(app).id
    for statement in (
        "UPDATE orders.event SET type = 'order_paid' WHERE order_id = %s",
        "DELETE FROM orders.event WHERE order_id = %s",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement, (order_id,))
