"""Mails of the service: heard, kept, written by the owner, sent once."""

import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import kombu
import psycopg
import pytest

from extracted.contracts.notifications import MailEvent, mail_id
from extracted.contracts.orders import Order, OrderChanged
from extracted.notifications import sending
from extracted.notifications.mailbox import Folder
from extracted.notifications.migrate import migrate
from handover.process import connect_database
from stack import testing
from tests.extracted.running import Program, Start, until
from tests.free_ports import free_port
from tests.mail_server import mail_server

SERVICE = ("-m", "extracted.notifications")


@pytest.fixture(scope="module")
def home(servers: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """A migrated database of notifications of our own."""
    with testing.scratch_database("notifications") as variables:
        migrate(variables["NOTIFICATIONS_OWNER_DATABASE_URL"])
        yield variables


@pytest.fixture
def owner(home: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    """The owner of the schema, at the service's database; everything is emptied afterwards."""
    url = home["NOTIFICATIONS_OWNER_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
        connection.execute("TRUNCATE notifications.mail, notifications.notice, handover.outbox")


Run = Callable[..., Program]


@pytest.fixture
def run(start: Start, home: Mapping[str, str], vhost: str, tmp_path: Path) -> Iterator[Run]:
    """Start a process of notifications, with a broker and a mail folder of this test."""
    programs: list[Program] = []

    def run(role: str, **variables: str) -> Program:
        known = {**home, "AMQP_URL": vhost, "STATE_DIR": str(tmp_path), **variables}
        programs.append(start(*SERVICE, role, **known))
        return programs[-1]

    yield run
    for program in programs:
        program.stop()


def order(status: str = "paid") -> Order:
    price = {"amount": 1905, "currency": "EUR"}
    line = {"product_id": uuid.uuid4(), "name": "A bear", "quantity": 2, "unit_price": price}
    return Order.model_validate(
        {
            "id": uuid.uuid4(),
            "customer_id": uuid.uuid4(),
            "client_reference": None,
            "status": status,
            "lines": [line],
            "total": {"amount": 3810, "currency": "EUR"},
            "version": 1,
            "placed_at": "2026-11-22T10:00:00Z",
        }
    )


ADA = {"name": "Ada $sentence", "email": "ada@example.com"}
NOBODY = None


def tell(broker: str, *orders: Order, customer: Any = ADA) -> None:
    """Publish what became of orders, as the monolith's relay does."""
    with kombu.Connection(broker) as connection:
        exchange = kombu.Exchange("orders.events", type="topic", durable=True)
        for number, said in enumerate(orders, start=1):
            payload = OrderChanged.model_validate({"order": said, "customer": customer})
            event = {
                "event_id": str(uuid.uuid4()),
                "event": f"order_{said.status}",
                "domain": "orders",
                "source": "monolith",
                "kind": "fact",
                "aggregate_id": str(said.id),
                "sequence": number,
                "epoch": 1,
                "occurred_at": f"2026-11-22T10:00:00.{number:06}Z",
                "payload": payload.model_dump(mode="json"),
            }
            connection.Producer(serializer="json").publish(
                event, exchange=exchange, routing_key=event["event"]
            )


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    return row[0] if row else 0


def sent(folder: Path) -> list[Message]:
    return [message_from_bytes(path.read_bytes()) for path in (folder / "mail").glob("*.eml")]


def test_a_message_that_comes_twice_makes_one_mail(
    run: Run, owner: psycopg.Connection, vhost: str, tmp_path: Path
) -> None:
    run("events")
    run("chores")
    first, second = order(), order("shipped")
    tell(vhost, first, first, second)
    until(lambda: len(sent(tmp_path)) == 2)
    tell(vhost, first, second, last := order("delivered"))
    until(lambda: len(sent(tmp_path)) == 3)

    wanted = {mail_id(order_id=o.id, status=o.status) for o in (first, second, last)}
    assert {m["Message-ID"] for m in sent(tmp_path)} == {f"<{i}@shop.example>" for i in wanted}
    assert {m["To"] for m in sent(tmp_path)} == {"ada@example.com"}
    until(lambda: count(owner, "notifications.notice") == 0)


def test_each_change_of_a_mail_is_told_with_its_row(
    run: Run, owner: psycopg.Connection, vhost: str
) -> None:
    run("events")
    run("chores")
    tell(vhost, said := order())
    until(lambda: count(owner, "handover.outbox") == 3)
    query = "SELECT event, payload FROM handover.outbox ORDER BY id"
    told = [(event, MailEvent.model_validate(payload)) for event, payload in owner.execute(query)]
    assert [event for event, _ in told] == ["mail_written", "mail_taken", "mail_sent"]
    assert [event.rows[0].image.version for _, event in told] == [1, 2, 3]
    assert told[2][1].rows[0].image.recipient == "ada@example.com"
    assert {event.order_id for _, event in told} == {said.id}


@pytest.mark.slow
def test_a_mail_server_that_is_away_is_asked_again(
    run: Run, owner: psycopg.Connection, vhost: str, tmp_path: Path
) -> None:
    run("events")
    port = free_port()
    run("chores", EMAIL_HOST="127.0.0.1", EMAIL_PORT=str(port))
    tell(vhost, order())
    query = "SELECT count(*) FROM notifications.mail WHERE error IS NOT NULL AND sent_at IS NULL"
    until(lambda: owner.execute(query).fetchone() == (1,))


def test_who_dies_while_sending_leaves_an_unsent_mail(
    run: Run, owner: psycopg.Connection, vhost: str, tmp_path: Path
) -> None:
    run("events")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        sender = run("chores", EMAIL_HOST="127.0.0.1", EMAIL_PORT=str(silent.getsockname()[1]))
        tell(vhost, order())
        connection, _ = silent.accept()
        sender.process.kill()
        sender.process.wait(10)
        connection.close()
    owner.execute("UPDATE notifications.mail SET next_try_at = now()")
    run("chores")
    until(lambda: len(sent(tmp_path)) == 1)


def test_a_mail_to_nobody_waits_and_holds_up_no_other(
    run: Run, owner: psycopg.Connection, vhost: str, tmp_path: Path
) -> None:
    owner.execute(
        "INSERT INTO notifications.mail (id, order_id, customer_id, status, about) "
        "VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'paid', '{}')"
    )
    run("events")
    run("chores")
    tell(vhost, order())
    until(lambda: len(sent(tmp_path)) == 1)
    query = "SELECT count(*) FROM notifications.mail WHERE sent_at IS NULL AND error IS NOT NULL"
    assert owner.execute(query).fetchone() == (1,)


def test_each_failed_try_doubles_the_pause_up_to_an_hour(
    run: Run, owner: psycopg.Connection
) -> None:
    for tries in (0, 1, 2, 11, 2000):
        owner.execute(
            "INSERT INTO notifications.mail (id, order_id, customer_id, status, about, tries) VALUES "
            "(gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'paid', '{}', %s)",
            (tries,),
        )
    run("chores")
    until(lambda: count(owner, "notifications.mail WHERE error IS NULL") == 0)
    query = (
        "SELECT tries, round(extract(epoch FROM next_try_at - updated_at))::int "
        "FROM notifications.mail ORDER BY tries"
    )
    assert owner.execute(query).fetchall() == [
        (1, 2),
        (2, 4),
        (3, 8),
        (12, 3600),
        (2001, 3600),
    ]


@pytest.mark.parametrize("address", ["joe@[example.com", "team:;@example.com", "(@)..)"])
def test_an_address_that_no_mail_can_bear_holds_up_no_other(
    run: Run, owner: psycopg.Connection, vhost: str, tmp_path: Path, address: str
) -> None:
    run("events")
    sender = run("chores")
    tell(vhost, strange := order(), customer={"name": "Joe", "email": address})
    tell(vhost, order())
    until(lambda: len(sent(tmp_path)) == 1)
    query = "SELECT error FROM notifications.mail WHERE order_id = %s AND sent_at IS NULL"
    until(lambda: owner.execute(query, (strange.id,)).fetchone() not in {None, (None,)})
    assert "session failed" not in sender.log.read_text()


def test_who_is_written_to_is_known_from_the_mails_before_about_the_order(
    run: Run, owner: psycopg.Connection, vhost: str, tmp_path: Path
) -> None:
    """Whoever changes an order need not know who placed it."""
    run("events")
    run("chores")
    placed = order("placed")
    tell(vhost, placed)
    until(lambda: len(sent(tmp_path)) == 1)
    tell(vhost, placed.model_copy(update={"status": "cancelled"}), customer=NOBODY)
    until(lambda: len(sent(tmp_path)) == 2)
    assert [mail["To"] for mail in sent(tmp_path)] == ["ada@example.com"] * 2


def test_who_is_told_to_stop_with_a_backlog_leaves_after_the_mail_that_was_begun(
    run: Run, owner: psycopg.Connection, vhost: str
) -> None:
    run("events")
    tell(vhost, order(), order(), order())
    until(lambda: count(owner, "notifications.notice") == 3)
    # A process counts as started when its first round has ended, so it begins without the backlog.
    owner.execute("CREATE TEMPORARY TABLE backlog AS SELECT * FROM notifications.notice")
    owner.execute("DELETE FROM notifications.notice")
    with mail_server(data=1.0) as server:
        sender = run("chores", EMAIL_HOST="127.0.0.1", EMAIL_PORT=str(server.port))
        owner.execute("INSERT INTO notifications.notice SELECT * FROM backlog")
        assert server.asked.wait(10)
        assert sender.stop() == 0
    assert len(server.taken) == 1
    assert count(owner, "notifications.mail WHERE sent_at IS NULL AND tries = 0") == 2


def test_a_round_ends_although_mails_are_left(
    owner: psycopg.Connection, home: Mapping[str, str], tmp_path: Path, monkeypatch: Any
) -> None:
    owner.execute(
        "INSERT INTO notifications.mail (id, order_id, customer_id, status, about) "
        "VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'paid', '{}')"
    )
    monkeypatch.setattr(sending, "ROUND_S", 0.0)
    with connect_database(home["NOTIFICATIONS_DATABASE_URL"], name="test") as database:
        sending.work(database, Folder(path=tmp_path), is_stopped=lambda: False)
    assert count(owner, "notifications.mail WHERE tries = 0") == 1


@pytest.mark.slow
@pytest.mark.parametrize("role", ["events", "relay", "chores"])
def test_each_process_runs_and_leaves(run: Run, role: str) -> None:
    program = run(role)
    started = time.monotonic()
    assert program.stop() == 0
    assert time.monotonic() - started < 5


def test_the_schema_can_be_taken_back_and_made_again(servers: Mapping[str, str]) -> None:
    with testing.scratch_database("notifications") as variables:
        url = variables["NOTIFICATIONS_OWNER_DATABASE_URL"]
        made = migrate(url)
        assert [step.replace("+", "-") for step in reversed(made)] == migrate(url, target="zero")
        assert migrate(url) == made
        with connect_database(url, name="test") as connection:
            unfenced = "SELECT handover.unfenced('notifications', '%') AS name"
            found = {str(row["name"]) for row in connection.execute(unfenced)}
        assert found == {"notifications.notice", "notifications.migration"}
