"""The door and the net: who may write where, and who is refused."""

from uuid import uuid4

import psycopg
import pytest

WRITES = {
    "insert": "INSERT INTO {table} VALUES (gen_random_uuid(), 'x', 1, now())",
    "update": "UPDATE {table} SET version = version + 1",
    "delete": "DELETE FROM {table}",
    "copy": "COPY {table} FROM STDIN",
}


def _try(connection, statement):
    if statement.startswith("COPY"):
        with connection.cursor().copy(statement):
            pass
    else:
        connection.execute(statement)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("role", ["app", "owner"])
def test_a_side_that_does_not_own_refuses_every_write(shared_shop, write, role):
    side = shared_shop.service
    with side.connect(role) as connection, pytest.raises(psycopg.Error) as refused:
        _try(connection, WRITES[write].format(table=side.entity.table))
    assert refused.value.sqlstate == "DM001"
    assert "REPLICA" in (refused.value.diag.message_detail or "")


def test_truncate_is_refused_too(shared_shop):
    with (
        shared_shop.service.connect("owner") as connection,
        pytest.raises(psycopg.Error) as refused,
    ):
        connection.execute("TRUNCATE shop.thing")
    assert refused.value.sqlstate == "DM001"


def test_the_owner_writes(shared_shop):
    key = uuid4()
    with shared_shop.monolith.connect() as connection:
        assert shared_shop.monolith.put(connection, key, "first") == 1
        assert shared_shop.monolith.put(connection, key, "second") == 2
    assert shared_shop.monolith.rows()[key] == ("second", 2)


def test_the_applier_is_known_by_its_role_and_writes_past_the_fence(shop):
    with shop.service.connect("applier") as connection:
        connection.execute("INSERT INTO shop.thing VALUES (gen_random_uuid(), 'x', 1, now())")


def test_no_setting_opens_the_fence(shared_shop):
    with shared_shop.service.connect() as connection:
        for setting in ("d.apply", "handover.apply", "session_replication_role"):
            try:
                connection.execute("SELECT set_config(%s, 'replica', false)", (setting,))
            except psycopg.errors.InsufficientPrivilege:
                continue
        with pytest.raises(psycopg.Error) as refused:
            connection.execute("DELETE FROM shop.thing")
    assert refused.value.sqlstate == "DM001"


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_older_than_the_lock_is_refused(shared_shop, level):
    with shared_shop.monolith.connect() as connection:
        connection.execute(f"SET default_transaction_isolation = '{level}'")
        with pytest.raises(psycopg.Error) as refused:
            connection.execute("DELETE FROM public.shop_thing")
    assert refused.value.sqlstate == "DM002"


@pytest.mark.parametrize(
    "forbidden",
    [
        "UPDATE handover.ownership SET mode = 'OWNER'",
        "INSERT INTO handover.outbox (domain) VALUES ('shop')",
        "SELECT handover.release('shop', 1, 100, '1 s')",
        "SELECT handover.burn('shop', 2)",
        "SELECT handover.retake('shop', 2)",
        "SELECT handover.start_capture('shop', 100)",
        "ALTER TABLE public.shop_thing DISABLE TRIGGER ALL",
        "DROP TRIGGER handover_fence ON public.shop_thing",
        "UPDATE handover.side SET applier_role = current_user",
        "CREATE TABLE public.mine (id int)",
    ],
)
def test_the_application_may_not_touch_the_protocol(shared_shop, forbidden):
    with shared_shop.monolith.connect() as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(forbidden)
    assert refused.value.sqlstate == "42501"


@pytest.mark.parametrize(
    "forbidden", ["DELETE FROM public.shop_thing", "DELETE FROM handover.outbox"]
)
@pytest.mark.parametrize("role", ["operator", "auditor"])
def test_operator_and_auditor_may_not_write_rows(shared_shop, role, forbidden):
    with shared_shop.monolith.connect(role) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(forbidden)
    assert refused.value.sqlstate == "42501"


def test_a_table_without_a_fence_is_listed(shop):
    with shop.monolith.connect("owner") as connection:
        query = "SELECT handover.unfenced('public', 'shop%')::text AS name"
        assert connection.execute(query).fetchall() == []

        connection.execute("CREATE TABLE public.shop_new (id int) PARTITION BY RANGE (id)")
        connection.execute(
            "CREATE TABLE public.shop_new_1 PARTITION OF public.shop_new FOR VALUES FROM (1) TO (9)"
        )

        found = {row["name"] for row in connection.execute(query)}
        assert found == {"shop_new", "shop_new_1"}


def test_a_release_waits_for_the_writer_in_flight_and_is_bounded(shop):
    with shop.monolith.connect() as writer, shop.monolith.hand() as hand:
        hand.start_capture("shop")
        with writer.transaction():
            writer.execute("SELECT handover.enter('shop')")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                hand.release("shop", epoch=1, lock_timeout_ms=50)
        assert hand.ownership("shop").mode == "OWNER"
        assert hand.release("shop", epoch=1, lock_timeout_ms=500).epoch == 2
