import re
import threading

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction
from psycopg import errors
from uuid_utils.compat import uuid7

from extracted.contracts.catalog import ChangeProduct
from monolith.catalog import actions
from monolith.catalog.models import Category, Command, Product
from monolith.outbox.once import Attempt
from monolith.outbox.record import recording
from monolith.seams.fence import NotOwner, is_refusal, owned


def _category() -> Category:
    return Category(id=uuid7(), slug="sneaked", name="Sneaked")


def _raw(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


SNEAKS = {
    "create": lambda: _category().save(force_insert=True),
    "bulk_create": lambda: Category.objects.bulk_create([_category()]),
    "update": lambda: Product.objects.filter(sku="L-1").update(name="Sneaked"),
    "bulk_update": lambda: Product.objects.bulk_update(
        Product.objects.filter(sku="L-1").defer("search"), ["name"]
    ),
    "delete": lambda: Product.objects.filter(sku="L-1").delete(),
    "nothing matched": lambda: Product.objects.filter(sku="none").update(name="Sneaked"),
    "idempotency record": lambda: Command.objects.all().delete(),
    "raw SQL": lambda: _raw("UPDATE catalog_category SET name = 'Sneaked'"),
}
sneaks = pytest.mark.parametrize("sneak", SNEAKS.values(), ids=SNEAKS.keys())


@sneaks
@pytest.mark.parametrize("mode", ["RELEASED", "REPLICA", "BURNED"])
@pytest.mark.django_db
def test_no_way_of_writing_gets_past_the_fence(make_product, set_mode, sneak, mode):
    made = make_product()
    set_mode(mode)
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        sneak()
    assert is_refusal(refusal.value)
    assert Product.objects.get(sku="L-1").name == made["name"]


@sneaks
@pytest.mark.django_db
def test_a_silent_write_is_caught_in_tests(make_product, guarded_writes, sneak):
    with pytest.raises(AssertionError, match="wrote without recording"):
        sneak()


@pytest.fixture
def guarded_writes(make_product):
    """Fail on a write to a domain's table outside of recorded()."""
    make_product()
    write = re.compile(
        r'^\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?(catalog|inventory|orders)_', re.IGNORECASE
    )

    def guard(execute, sql, params, many, context):
        found = write.match(str(sql))
        assert not found or recording() == found[2], f"wrote without recording:\n{sql}"
        return execute(sql, params, many, context)

    with connection.execute_wrapper(guard):
        yield


@pytest.mark.django_db
def test_the_actions_write_only_while_recording(api, make_product, body, guarded_writes):
    made = make_product("L-2")
    assert api.patch(f"/products/{made['id']}", {"name": "New"}).status_code == 200
    assert api.delete(f"/products/{made['id']}").status_code == 204


@pytest.mark.django_db
def test_the_door_refuses_before_anything_is_read_or_locked(make_product, set_mode):
    product_id = make_product()["id"]
    set_mode("RELEASED")
    with pytest.raises(NotOwner):
        actions.change_product(
            product_id,
            ChangeProduct(name="New"),
            attempt=Attempt(key=uuid7(), request_hash="x"),
        )


@pytest.mark.django_db
def test_the_domains_have_doors_of_their_own(set_mode):
    set_mode("RELEASED", domain="catalog")
    with owned("orders") as record:
        assert record.epoch == 1
    with pytest.raises(NotOwner), owned("catalog"):
        pass


def test_a_release_waits_for_writers_in_flight_and_stops_later_ones(
    committed, make_product, capture, owner
):
    make_product()
    inside, leave, seen = threading.Event(), threading.Event(), []

    def write():
        try:
            with owned("catalog"):
                Product.objects.filter(sku="L-1").update(name="In flight")
                inside.set()
                assert leave.wait(10)
        finally:
            connections.close_all()

    def release():
        owner.execute("SELECT * FROM handover.release('catalog', 1, 5000, interval '10 s')")
        seen.append(Product.objects.get(sku="L-1").name)
        connections.close_all()

    writer = threading.Thread(target=write)
    releaser = threading.Thread(target=release)
    writer.start()
    assert inside.wait(10)
    releaser.start()
    releaser.join(0.1)
    assert releaser.is_alive()
    leave.set()
    writer.join(10)
    releaser.join(10)
    try:
        assert seen == ["In flight"]
        with pytest.raises(NotOwner), owned("catalog"):
            pass
    finally:
        owner.execute("UPDATE handover.ownership SET mode='OWNER', epoch=1 WHERE domain='catalog'")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE handover.ownership SET mode = 'OWNER'",
        "INSERT INTO handover.outbox (domain) VALUES ('catalog')",
        "DELETE FROM handover.outbox",
        "ALTER TABLE catalog_product DISABLE TRIGGER ALL",
        "DROP TRIGGER handover_fence ON catalog_product",
        "TRUNCATE catalog_product",
        "SET session_replication_role = replica",
        "SET ROLE monolith_applier",
        "SET SESSION AUTHORIZATION monolith_applier",
        "SELECT handover.retake('catalog', 1)",
        "SELECT handover.stop_capture('catalog', 100)",
        "SELECT handover.place_seam('catalog', 'cutover', 100)",
        "CREATE TABLE public.elsewhere (id integer)",
    ],
)
def test_the_application_can_neither_lift_the_fence_nor_change_ownership(database, statement):
    with (
        psycopg.connect(database["MONOLITH_DATABASE_URL"]) as application,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        application.execute(statement)


@pytest.mark.parametrize(
    ("domain", "named"),
    [
        ("catalog", []),
        ("inventory", []),
        # News of orders are no part of the domain: each side keeps what it heard itself.
        ("notifications", ["notifications_notice"]),
        ("orders", []),
        ("payments", []),
    ],
)
def test_every_table_of_a_domain_is_fenced_or_named(owner, domain, named):
    found = owner.execute("SELECT handover.unfenced('public', %s)", (f"{domain}\\_%",)).fetchall()
    assert [name for (name,) in found] == named
