"""The write transaction of a service, on a real database: through the door, and tried again."""

import concurrent.futures
import threading
import uuid
from collections.abc import Iterator, Mapping

import psycopg
import pytest

from extracted.catalog.migrate import migrate
from extracted.chassis.config import Settings
from extracted.chassis.database import Connection, Database
from extracted.chassis.logging import correlation_id
from extracted.chassis.owned import TRIES, NotOwner, Owned, tried, write
from extracted.contracts.catalog import ProductEvent
from extracted.contracts.problems import ProblemError
from stack import testing

DOMAIN = "catalog"
LOCK = "SELECT 1 FROM catalog.product WHERE id = %s FOR UPDATE"
RAISE = "UPDATE catalog.product SET amount = amount + 1, version = version + 1 WHERE id = %s"


def own(connection: psycopg.Connection, *, mode: str, epoch: int = 2) -> None:
    connection.execute(
        "UPDATE handover.ownership SET mode = %s, epoch = %s, capture = %s",
        (mode, epoch, epoch == 2),
    )


@pytest.fixture(scope="module")
def urls(servers: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    with testing.scratch_database("catalog") as variables:
        migrate(variables["CATALOG_OWNER_DATABASE_URL"])
        yield variables


@pytest.fixture(scope="module")
def operator(urls: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(urls["CATALOG_OWNER_DATABASE_URL"], autocommit=True) as connection:
        own(connection, mode="OWNER")
        yield connection


@pytest.fixture(scope="module")
def database(urls: Mapping[str, str], operator: psycopg.Connection) -> Iterator[Database]:
    settings = Settings(
        service="catalog",
        database_url=urls["CATALOG_DATABASE_URL"],
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
    """Two products that cost nothing."""
    keys = [uuid.uuid4(), uuid.uuid4()]
    for key in keys:
        operator.execute(
            "INSERT INTO catalog.product (id, sku, name, description, category_id, amount, currency)"
            " VALUES (%s, %s, '', '', %s, 0, 'EUR')",
            (key, str(key), uuid.uuid4()),
        )
    return keys


def price(operator: psycopg.Connection, key: uuid.UUID) -> int:
    query = "SELECT amount FROM catalog.product WHERE id = %s"
    row = operator.execute(query, (key,)).fetchone()
    assert row is not None
    return int(row[0])


def test_work_happens_in_the_term_of_the_owner_or_not_at_all(
    database: Database, operator: psycopg.Connection, rows: list[uuid.UUID]
) -> None:
    def work(owned: Owned) -> int:
        owned.connection.execute(RAISE, (rows[0],))
        return owned.epoch

    assert write(database, DOMAIN, work) == 2
    own(operator, mode="REPLICA", epoch=3)
    with pytest.raises(NotOwner):
        write(database, DOMAIN, work)
    own(operator, mode="OWNER")
    assert price(operator, rows[0]) == 1


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
    assert (len(tries), price(operator, rows[0])) == (1, 0)


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
    assert [price(operator, key) for key in rows] == [2, 2]
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
    assert (len(tries), price(operator, rows[0])) == (2, 1)


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

    def work(owned: Owned) -> None:
        owned.connection.execute(RAISE, (rows[0],))
        owned.say(
            "product_changed",
            aggregate_id=subject,
            payload=ProductEvent(rows=()),
            rows={"product": [rows[0], uuid.uuid4()], "category": []},
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
    assert (row["entity"], row["op"], row["image"]["price_amount"]) == ("product", "put", 1)
    assert (epoch, correlated, traced) == (2, "abc", "00-a-b-01")


def test_a_reader_waits_for_no_door(database: Database, operator: psycopg.Connection) -> None:
    own(operator, mode="REPLICA", epoch=3)
    with database.transaction() as connection:
        found: Connection = connection
        assert found.execute("SELECT count(*) FROM catalog.product").fetchone() is not None
    own(operator, mode="OWNER")
