"""The write transaction of a service, on a real database: through the door, and tried again."""

import concurrent.futures
import threading
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest

from extracted.chassis.config import Settings
from extracted.chassis.database import Database
from extracted.chassis.logging import correlation_id
from extracted.chassis.owned import TRIES, Owned, tried, write
from extracted.contracts.inventory import StockAdjusted
from extracted.contracts.problems import ProblemError
from extracted.inventory.migrate import migrate
from stack import testing
from tests.extracted.inventory.conftest import own

DOMAIN = "inventory"
LOCK = "SELECT 1 FROM inventory.stock WHERE id = %s FOR UPDATE"
RAISE = "UPDATE inventory.stock SET on_hand = on_hand + 1, version = version + 1 WHERE id = %s"


@pytest.fixture(scope="module")
def urls(servers: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    with testing.scratch_database("inventory") as variables:
        migrate(variables["INVENTORY_OWNER_DATABASE_URL"])
        yield variables


@pytest.fixture(scope="module")
def operator(urls: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(urls["INVENTORY_OWNER_DATABASE_URL"], autocommit=True) as connection:
        own(connection, mode="OWNER")
        yield connection


@pytest.fixture(scope="module")
def database(urls: Mapping[str, str], operator: psycopg.Connection) -> Iterator[Database]:
    settings = Settings(
        service="inventory",
        database_url=urls["INVENTORY_DATABASE_URL"],
        amqp_url="",
        port=1,
        # On a busy machine two threads need seconds to meet.
        statement_timeout_s=30.0,
    )
    database = Database(settings)
    database.open()
    yield database
    database.close()


@pytest.fixture
def rows(operator: psycopg.Connection) -> list[uuid.UUID]:
    """Two rows of stock with nothing in them."""
    keys = [uuid.uuid4(), uuid.uuid4()]
    for key in keys:
        operator.execute(
            "INSERT INTO inventory.stock (id, product_id, warehouse_id) VALUES (%s, %s, %s)",
            (key, uuid.uuid4(), uuid.uuid4()),
        )
    return keys


def on_hand(operator: psycopg.Connection, key: uuid.UUID) -> int:
    query = "SELECT on_hand FROM inventory.stock WHERE id = %s"
    row = operator.execute(query, (key,)).fetchone()
    assert row is not None
    return int(row[0])


def test_work_happens_in_the_term_of_the_owner(
    database: Database, operator: psycopg.Connection, rows: list[uuid.UUID]
) -> None:
    def work(owned: Owned) -> int:
        owned.connection.execute(RAISE, (rows[0],))
        return owned.epoch

    assert write(database, DOMAIN, work) == 2
    assert on_hand(operator, rows[0]) == 1


def test_what_work_raises_undoes_it_and_is_not_tried_again(
    database: Database, operator: psycopg.Connection, rows: list[uuid.UUID]
) -> None:
    tries: list[int] = []

    def work(owned: Owned) -> None:
        tries.append(1)
        owned.connection.execute(RAISE, (rows[0],))
        raise ProblemError("conflict")

    with pytest.raises(ProblemError):
        write(database, DOMAIN, work)
    assert (len(tries), on_hand(operator, rows[0])) == (1, 0)


def test_two_that_meet_crosswise_both_get_through(
    database: Database, operator: psycopg.Connection, rows: list[uuid.UUID]
) -> None:
    met, tries = threading.Barrier(2), []

    def crossing(order: list[uuid.UUID]) -> None:
        is_first = True

        def work(owned: Owned) -> None:
            nonlocal is_first
            tries.append(1)
            owned.connection.execute(RAISE, (order[0],))
            if is_first:
                is_first = False
                met.wait(10)
            owned.connection.execute(RAISE, (order[1],))

        write(database, DOMAIN, work)

    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        list(threads.map(crossing, (rows, rows[::-1])))
    assert [on_hand(operator, key) for key in rows] == [2, 2]
    assert len(tries) >= 3, "one of the two was tried again; on a busy machine both may be"


def test_a_broken_connection_is_mended(
    database: Database, operator: psycopg.Connection, rows: list[uuid.UUID]
) -> None:
    tries: list[int] = []

    def work(owned: Owned) -> None:
        tries.append(1)
        owned.connection.execute(RAISE, (rows[0],))
        if len(tries) == 1:
            owned.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    write(database, DOMAIN, work)
    assert (len(tries), on_hand(operator, rows[0])) == (2, 1)


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (psycopg.errors.DeadlockDetected, TRIES),
        (psycopg.errors.SerializationFailure, TRIES),
        (psycopg.errors.UniqueViolation, TRIES),
        (psycopg.errors.CheckViolation, 1),
        (psycopg.errors.QueryCanceled, 1),
    ],
)
def test_a_conflict_is_tried_again_and_then_told(
    database: Database, error: type[psycopg.Error], tries: int
) -> None:
    made: list[int] = []

    def attempt() -> None:
        made.append(1)
        raise error

    with pytest.raises(error):
        tried(database, attempt)
    assert len(made) == tries


def test_what_is_said_has_the_rows_of_this_very_transaction(
    database: Database, operator: psycopg.Connection, rows: list[uuid.UUID]
) -> None:
    subject = uuid.uuid4()
    value: dict[str, Any] = {
        "id": uuid.uuid4(),
        "product_id": subject,
        "warehouse": "north",
        "change": 1,
        "reason": "counted",
        "note": "",
        "on_hand": 1,
        "adjusted_at": "2026-11-22T10:00:00.000000Z",
    }

    def work(owned: Owned) -> None:
        owned.connection.execute(RAISE, (rows[0],))
        owned.say(
            "stock_adjusted",
            aggregate_id=subject,
            payload=StockAdjusted.model_validate({"adjustment": value}),
            rows={"stock": [rows[0], uuid.uuid4()], "adjustment": []},
            traceparent="00-a-b-01",
        )

    token = correlation_id.set("abc")
    write(database, DOMAIN, work)
    correlation_id.reset(token)
    query = (
        "SELECT payload, epoch, correlation_id, traceparent FROM handover.outbox "
        "WHERE aggregate_id = %s"
    )
    [(payload, epoch, correlated, traced)] = operator.execute(query, (str(subject),)).fetchall()
    [row] = payload["rows"]
    assert (row["entity"], row["op"], row["image"]["on_hand"]) == ("stock", "put", 1)
    assert (epoch, correlated, traced) == (2, "abc", "00-a-b-01")
