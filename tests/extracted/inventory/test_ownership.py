"""The inventory at the side that does not own: it passes on, refuses, and lets the owner's chores be."""

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest
from nameko.standalone.rpc import ServiceRpcProxy

from extracted.contracts.rpc import NOT_OWNER, Reply
from extracted.inventory.migrate import migrate
from handover.process import connect_database
from stack import testing
from tests.extracted.inventory.conftest import SERVICE, Ask, Levels, Put, lines, own
from tests.extracted.running import Program, Start, until
from tests.extracted.test_auth import Issuer

BODY = {"warehouse": "north", "change": 1, "reason": "received"}


@pytest.fixture
def replica(operator: psycopg.Connection) -> Iterator[None]:
    """The other side owns, until the test is over."""
    own(operator, mode="REPLICA", epoch=3)
    yield
    own(operator, mode="OWNER")


def held(operator: psycopg.Connection, product_id: uuid.UUID) -> uuid.UUID:
    """A reservation of one that is overdue, as it came by the stream or was made here."""
    key = uuid.uuid4()
    with operator.transaction():
        row = operator.execute(
            "UPDATE inventory.stock SET reserved = reserved + 1, version = version + 1 "
            "WHERE product_id = %s RETURNING id",
            (product_id,),
        ).fetchone()
        assert row is not None
        operator.execute(
            "INSERT INTO inventory.reservation (id, status, expires_at, portions) VALUES (%s, "
            "'held', now(), jsonb_build_array(jsonb_build_object('position', 1, 'stock_id', "
            "%s::uuid, 'quantity', 1)))",
            (key, row[0]),
        )
    return key


def status_of(operator: psycopg.Connection, key: uuid.UUID) -> str:
    query = "SELECT status FROM inventory.reservation WHERE id = %s"
    row = operator.execute(query, (key,)).fetchone()
    assert row is not None
    return str(row[0])


@pytest.fixture
def chores(start: Start, variables: Mapping[str, str]) -> Iterator[Program]:
    program = start(*SERVICE, "chores", is_awaited=False, **variables)
    yield program
    program.stop()


def test_a_replica_says_that_it_does_not_own(
    put: Put, replica: None, ask: Ask, levels: Levels, operator: psycopg.Connection
) -> None:
    key, product_id = str(uuid.uuid4()), put_before(put, operator)
    wanted = lines((product_id, 1))
    replies = [
        ask("reserve", reservation_id=key, lines=wanted, expires_in_s=60),
        ask("confirm", reservation_id=key),
        ask("release", reservation_id=key),
        ask("sell_out", product_id=str(product_id)),
    ]
    kinds = [reply.refusal.kind for reply in replies if reply.refusal]
    assert kinds == [NOT_OWNER] * 4
    assert levels(product_id) == {"north": (3, 0)}


def put_before(put: Put, operator: psycopg.Connection) -> uuid.UUID:
    """Goods that were there before the side lost its writes."""
    own(operator, mode="OWNER")
    product_id = put(north=3)
    own(operator, mode="REPLICA", epoch=3)
    return product_id


def test_an_adjustment_is_passed_on_with_who_asks(
    inventory: Program, put: Put, replica: None, issuer: Issuer
) -> None:
    key, token = str(uuid.uuid4()), f"Bearer {issuer.token('merchant')}"
    issuer.written.clear()
    answer = inventory.http.post(
        f"/api/v1/stock/{put()}/adjustments",
        json=BODY,
        headers={"Idempotency-Key": key, "Authorization": token},
    )
    assert (answer.status_code, answer.json()) == (201, {})
    [sent] = issuer.written
    assert (sent["Idempotency-Key"], sent["Authorization"]) == (key, token)
    assert sent["X-Forwarded-Write"] == "1"


def test_an_adjustment_that_was_passed_on_to_us_is_refused(
    inventory: Program, put: Put, replica: None, issuer: Issuer
) -> None:
    issuer.written.clear()
    answer = inventory.http.post(
        f"/api/v1/stock/{put()}/adjustments",
        json=BODY,
        headers={
            "Idempotency-Key": str(uuid.uuid4()),
            "Authorization": f"Bearer {issuer.token('merchant')}",
            "X-Forwarded-Write": "1",
        },
    )
    assert (answer.status_code, answer.json()["type"]) == (421, "urn:problem:not-owner")
    assert issuer.written == []


def test_the_owner_gives_back_what_was_never_bought(
    chores: Program, put: Put, operator: psycopg.Connection, levels: Levels
) -> None:
    product_id = put(north=2)
    keys = [held(operator, product_id), held(operator, product_id)]
    until(lambda: {status_of(operator, key) for key in keys} == {"expired"})
    assert levels(product_id) == {"north": (2, 0)}
    query = "SELECT event, payload FROM handover.outbox WHERE aggregate_id = %s"
    [(event, payload)] = operator.execute(query, (str(keys[0]),)).fetchall()
    assert event == "stock_expired"
    assert payload["reservation"]["status"] == "expired"
    assert [row["entity"] for row in payload["rows"]] == ["stock", "reservation"]


def test_one_that_does_not_expire_keeps_no_other_from_it(
    chores: Program, put: Put, operator: psycopg.Connection, levels: Levels
) -> None:
    with operator.transaction():
        damaged, product_id = put(north=1), put(north=1)
        stuck = held(operator, damaged)
        # Less is kept than its line says, so the database refuses to take it off.
        change = "UPDATE inventory.stock SET reserved = 0 WHERE product_id = %s"
        operator.execute(change, (damaged,))
        key = held(operator, product_id)
    until(lambda: status_of(operator, key) == "expired")
    assert levels(product_id) == {"north": (1, 0)}
    until(lambda: str(stuck) in chores.http.get("/readyz").text)
    assert (status_of(operator, stuck), chores.is_ready()) == ("held", False)
    operator.execute("UPDATE inventory.stock SET reserved = 1 WHERE product_id = %s", (damaged,))
    until(chores.is_ready)
    assert status_of(operator, stuck) == "expired"


def test_what_ran_out_is_given_back_once_by_however_many(
    start: Start,
    variables: Mapping[str, str],
    put: Put,
    operator: psycopg.Connection,
    levels: Levels,
) -> None:
    product_id = put(north=40)
    keys = [held(operator, product_id) for _ in range(40)]
    programs = [start(*SERVICE, "chores", is_awaited=False, **variables) for _ in range(2)]
    until(lambda: {status_of(operator, key) for key in keys} == {"expired"}, within_s=20)
    assert levels(product_id) == {"north": (40, 0)}
    query = "SELECT count(*) FROM handover.outbox WHERE aggregate_id = ANY(%s)"
    assert operator.execute(query, ([str(key) for key in keys],)).fetchone() == (40,)
    for program in programs:
        program.stop()


def test_a_replica_leaves_it_to_the_owner_and_is_well(
    chores: Program, put: Put, operator: psycopg.Connection, levels: Levels
) -> None:
    # Not the fixture: the goods are reserved while the chores find the door closed already.
    own(operator, mode="REPLICA", epoch=3)
    with operator.transaction():
        own(operator, mode="OWNER")
        product_id = put(north=1)
        key = held(operator, product_id)
        own(operator, mode="REPLICA", epoch=3)
    # Ready is who has been through all its chores without trouble.
    until(chores.is_ready, within_s=20)
    assert (status_of(operator, key), levels(product_id)) == ("held", {"north": (1, 1)})
    own(operator, mode="OWNER")
    until(lambda: status_of(operator, key) == "expired")
    assert levels(product_id) == {"north": (1, 0)}


@pytest.mark.parametrize("role", ["relay", "applier", "chores"])
def test_each_process_runs_and_leaves(
    start: Start, variables: Mapping[str, str], role: str
) -> None:
    program = start(*SERVICE, role, **variables)
    started = time.monotonic()
    assert program.stop() == 0
    assert time.monotonic() - started < 5


def test_the_schema_can_be_taken_back_and_made_again(servers: Mapping[str, str]) -> None:
    with testing.scratch_database("inventory") as variables:
        url = variables["INVENTORY_OWNER_DATABASE_URL"]
        made = migrate(url)
        assert [step.replace("+", "-") for step in reversed(made)] == migrate(url, target="zero")
        assert migrate(url) == made
        with connect_database(url, name="test") as connection:
            unfenced = "SELECT handover.unfenced('inventory', '%') AS name"
            found = {str(row["name"]) for row in connection.execute(unfenced)}
        assert found == {"inventory.migration"}


def test_the_fence_holds_under_the_door(
    home: Mapping[str, str], replica: None, operator: psycopg.Connection
) -> None:
    with (
        psycopg.connect(home["INVENTORY_DATABASE_URL"]) as connection,
        pytest.raises(psycopg.Error) as refusal,
    ):
        connection.execute("UPDATE inventory.stock SET on_hand = on_hand + 1")
    assert refusal.value.sqlstate == "DM001"


@pytest.mark.parametrize("change", ["reserved = on_hand + 1", "reserved = -1", "on_hand = -1"])
def test_the_database_never_oversells_whatever_the_code_believes(
    home: Mapping[str, str], put: Put, change: str
) -> None:
    query = f"UPDATE inventory.stock SET {change} WHERE product_id = %s".encode()
    product_id = put(north=3)
    with (
        psycopg.connect(home["INVENTORY_DATABASE_URL"]) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute(query, (product_id,))


def test_a_service_without_a_shop_says_which_variable_is_missing(
    start: Start, variables: Mapping[str, str]
) -> None:
    program = start(*SERVICE, "serve", is_awaited=False, **{**variables, "SHOP_URL": ""})
    assert program.process.wait(timeout=15) == 2
    assert "SHOP_URL" in program.log.read_text()


def test_rpc_answers_at_the_owner_again(
    ask: Ask, put: Put, shared_vhost: str, operator: psycopg.Connection
) -> None:
    own(operator, mode="OWNER")
    wanted = lines((put(north=1), 1))
    arguments: dict[str, Any] = {"lines": wanted, "expires_in_s": 1}
    with ServiceRpcProxy("inventory", {"AMQP_URI": shared_vhost}, timeout=10) as proxy:
        reply = Reply.model_validate(proxy.reserve(reservation_id=str(uuid.uuid4()), **arguments))
    assert reply.refusal is None
