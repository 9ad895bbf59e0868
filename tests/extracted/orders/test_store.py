"""Orders as events in PostgreSQL: appended by one at a time, from a snapshot on, imported, forgotten."""

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from extracted.chassis.config import Settings
from extracted.chassis.database import Database
from extracted.chassis.owned import NotOwner, Owned, write
from extracted.contracts.problems import ProblemError
from extracted.orders import store
from extracted.orders.checking import differences
from extracted.orders.domain import Purchase, Status, fold
from extracted.orders.entities import ENTITIES
from extracted.orders.placing import new_id
from extracted.orders.projector import project
from handover.apply import DomainApplier
from handover.process import connect_database
from handover.wire import StreamMessage
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


def image(purchase: Purchase, **changes: Any) -> dict[str, Any]:
    """An order as the other side sends it."""
    row = {
        "id": str(purchase.id),
        "customer_id": str(purchase.customer_id),
        "client_reference": purchase.client_reference,
        "status": purchase.status.value,
        "total_amount": purchase.total_amount,
        "total_currency": purchase.total_currency,
        "version": purchase.version,
        "placed_at": purchase.placed_at.isoformat(),
        "updated_at": purchase.updated_at.isoformat(),
        "lines": list(purchase.lines),
    }
    return row | changes


def apply(
    home: Home, kind: str, *images: dict[str, Any], payload: dict[str, Any] | None = None
) -> None:
    """Apply a message of the monolith's stream, as the applier's process does."""
    (position,) = home.rows("SELECT last_sequence FROM handover.inbox")[0]
    rows = [{"entity": "order", "op": "put", "image": one} for one in images]
    message = StreamMessage(
        domain="orders",
        source="monolith",
        kind=kind,
        sequence=position + 1,
        epoch=1,
        payload=payload or {"rows": rows},
    )
    with connect_database(home.url("applier"), name="test") as connection:
        DomainApplier("orders", ENTITIES).apply(connection, [message])


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


def test_nothing_is_written_on_the_side_that_does_not_own(
    app: Connection, home: Home, readers: Database
) -> None:
    home.own("REPLICA")
    with pytest.raises(NotOwner):
        write(readers, "orders", lambda owned: store.begin(owned.connection, new_id(), {}))
    assert home.rows("SELECT * FROM orders.event") == []
    home.own()


def test_what_the_other_side_wrote_becomes_an_event(app: Connection, home: Home) -> None:
    model = place(app, bears(5, 7))
    home.empty()
    home.own("REPLICA", epoch=1)
    apply(home, "fact", image(model))
    apply(home, "fact", image(model, status="paid", version=2))
    apply(home, "fact", image(model, status="paid", version=2), image(model))
    apply(home, "fact", image(model, status="delivered", version=4))

    told = list(store.events_of(app, model.id))
    assert [(event.type, event.version) for event in told] == [
        ("order_imported", version) for version in (1, 2, 4)
    ]
    assert store.load(app, model.id) == store.from_row(home.rows(store.PURCHASE, model.id)[0])

    home.own(epoch=2)
    refunded = become(app, model.id, Status.REFUNDED)
    assert (refunded.version, refunded.lines) == (5, model.lines)
    assert refunded.placed_at == model.placed_at


def test_a_repair_mends_the_events_and_not_only_the_state(app: Connection, home: Home) -> None:
    model = place(app)
    become(app, model.id, *HISTORY[:3])
    assert snapshot(home, model.id)
    project(app)
    home.own("REPLICA", epoch=3)
    # The owner says of the same version that it became something else.
    (version, status) = home.rows("SELECT version, status FROM orders.purchase")[0]
    assert status != "cancelled"
    right = image(model, status="cancelled", version=version)
    payload = {"entity": "order", "images": [right], "gone": [], "repair": True}
    apply(home, "snapshot", payload=payload)

    told = fold(store.events_of(app, model.id))
    assert told is not None
    assert (told.status, told.version) == (Status.CANCELLED, version)
    assert store.load(app, model.id) == told
    until(lambda: project(app))
    assert home.rows("SELECT shown->>'status' FROM orders.history") == [("cancelled",)]
    assert differences(home.url("owner")) == []


def test_what_we_wrote_ourselves_is_no_import(app: Connection, home: Home) -> None:
    order_id = place(app).id
    home.owner.execute(
        "UPDATE orders.purchase SET client_reference = 'x' WHERE id = %s", (order_id,)
    )
    assert [event.type for event in store.events_of(app, order_id)] == ["order_placed"]
    home.owner.execute("UPDATE orders.purchase SET client_reference = NULL")


def test_a_copy_that_begins_anew_forgets_its_history(app: Connection, home: Home) -> None:
    model = place(app)
    become(app, model.id, *HISTORY[:3])
    assert snapshot(home, model.id)
    home.own("REPLICA", epoch=1)
    apply(home, "reset")
    for table in ("purchase", "event", "snapshot"):
        assert home.rows(f"SELECT count(*) FROM orders.{table}") == [(0,)]
    apply(home, "fact", image(model))
    assert [event.type for event in store.events_of(app, model.id)] == ["order_imported"]
    assert store.load(app, model.id) is not None


def test_an_import_means_the_same_in_every_time_zone(app: Connection, home: Home) -> None:
    model = place(app, bears(5))
    home.empty()
    home.own("REPLICA", epoch=1)
    apply(home, "fact", image(model))
    with home.connect(options="-c TimeZone=Asia/Kolkata") as elsewhere:
        assert store.load(elsewhere, model.id) == store.load(app, model.id)
    imported = store.load(app, model.id)
    assert imported == model, "nothing is lost on the way"
