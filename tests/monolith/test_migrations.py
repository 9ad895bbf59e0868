"""Migrations take no lock that stops the shop, and each of them can be taken back."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from stack import testing
from tests.monolith.conftest import run_manage

# The linter is a tool for whoever writes migrations: no app of the shop. 0001_handover makes a schema
# of its own from one text, in which the linter takes the columns of new tables for added ones.
LINT = """
import django, sys
django.setup()
from django_migration_linter import MigrationLinter
linter = MigrationLinter(path=".", no_cache=True, quiet=["ok"], ignore_name=["0001_handover"])
linter.lint_all_migrations()
assert linter.nb_total > 10
sys.exit(linter.has_errors)
"""
ROOT = Path(__file__).resolve().parents[2]
# Where the tables of the plain monolith end; what comes after them lets a domain leave.
PLAIN = {
    "catalog": "0003_trigrams",
    "customers": "0003_identity",
    "inventory": "0002_reservations",
    "notifications": "0001_initial",
    "orders": "0004_refund",
    "payments": "0002_books",
}
CUSTOMER = "01890000-0000-7000-8000-000000000001"
FILL = f"""
INSERT INTO customers_customer (id, email, name) VALUES ('{CUSTOMER}', 'ada@example.com', 'Ada');
INSERT INTO orders_order (id, customer_id, status, total_amount, total_currency, version)
VALUES ('{{order}}', '{{customer}}', 'placed', 100, 'EUR', 1);
INSERT INTO orders_command (key, request_hash, aggregate_id, version, status)
VALUES ('{{order}}', 'h', '{{order}}', 1, 201);
INSERT INTO orders_cart (customer_id, version) VALUES ('{CUSTOMER}', 2);
INSERT INTO orders_cartline (cart_id, product_id, quantity)
VALUES ('{CUSTOMER}', gen_random_uuid(), 1), ('{CUSTOMER}', gen_random_uuid(), 2);
"""


def ours() -> list[str]:
    return [config.label for config in apps.get_app_configs() if config.name.startswith("monolith")]


@pytest.fixture
def empty(servers: dict[str, str]) -> Iterator[dict[str, str]]:
    with testing.scratch_database("monolith") as variables:
        yield variables


def shape(variables: dict[str, str]) -> Any:
    with psycopg.connect(variables["MONOLITH_OWNER_DATABASE_URL"]) as connection:
        return connection.execute(
            "SELECT table_schema, table_name, column_name, data_type"
            " FROM information_schema.columns"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
            " AND table_name <> 'django_migrations' ORDER BY 1, 2, 3"
        ).fetchall()


@pytest.mark.slow
def test_every_migration_can_be_taken_back_and_made_again(empty):
    def manage(*arguments: str) -> None:
        run_manage(*arguments, "--verbosity", "0", variables=empty)

    manage("migrate")
    made = shape(empty)
    assert made
    for app in reversed(ours()):
        if (ROOT / "monolith" / app / "migrations").is_dir():
            manage("migrate", app, "zero")
    left = [row for row in shape(empty) if row[1].startswith(tuple(f"{app}_" for app in ours()))]
    assert left == []
    manage("migrate")
    assert shape(empty) == made


def test_the_models_and_the_migrations_agree(django_db_setup, manage_alone: Callable[..., str]):
    assert "No changes" in manage_alone("makemigrations", "--check", "--dry-run")


@pytest.mark.slow
def test_a_database_that_the_plain_monolith_filled_is_taken_over_as_it_is(empty):
    """As the stages before 02-seams leave it: written by code that knows no owner and no epoch."""
    for app, last in PLAIN.items():
        run_manage("migrate", app, last, "--verbosity", "0", variables=empty)
    order, stranger = "01890000-0000-7000-8000-000000000002", str(uuid4())
    with psycopg.connect(empty["MONOLITH_DATABASE_URL"]) as plain:
        assert "handover" not in {
            row[0] for row in plain.execute("SELECT nspname FROM pg_namespace")
        }
        plain.execute(FILL.format(order=order, customer=CUSTOMER))
    with psycopg.connect(empty["MONOLITH_DATABASE_URL"]) as plain:
        plain.execute("UPDATE orders_order SET customer_id = %s", [stranger])
        # Else the key is asked at the commit, whose failure would leave the connection open.
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            plain.execute("SET CONSTRAINTS ALL IMMEDIATE")
    run_manage("migrate", "--verbosity", "0", variables=empty)
    with psycopg.connect(empty["MONOLITH_DATABASE_URL"]) as ours:
        assert ours.execute("SELECT key::text, epoch, side FROM orders_command").fetchall() == [
            (order, 1, "monolith")
        ]
        places = ours.execute("SELECT position FROM orders_cartline ORDER BY id").fetchall()
        assert places == [(1,), (2,)]
        # Whether there is such a customer is asked at the seam now.
        ours.execute("SELECT handover.enter('orders')")
        ours.execute("UPDATE orders_order SET customer_id = %s", [stranger])


def test_what_lets_a_domain_leave_stands_on_its_plain_tables_and_not_they_on_it():
    loader = MigrationLoader(None)
    for app, last in PLAIN.items():
        below = {name for name, _ in loader.graph.forwards_plan((app, last))}
        assert "outbox" not in below


@pytest.mark.slow
def test_no_migration_takes_a_lock_that_stops_the_shop(database):
    done = subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=ROOT,
        env=os.environ | database | {"MONOLITH_DATABASE_ROLE": "owner"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
