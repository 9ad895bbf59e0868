"""Migrations take no lock that stops the shop; the last one takes what has left, and nothing else."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from handover import Domain, Entity, Field, Roles, installation_sql, registration_sql
from stack import testing
from tests.monolith.conftest import run_manage

# The linter is a tool for whoever writes migrations: no app of the shop.
LINT = """
import django, sys
django.setup()
from django_migration_linter import MigrationLinter
# What drops the last tables of what has left: nobody reads them any more.
linter = MigrationLinter(path=".", no_cache=True, quiet=["ok"], ignore_name=["0005_what_has_left"])
linter.lint_all_migrations()
assert linter.nb_total >= 3
sys.exit(linter.has_errors)
"""
ROOT = Path(__file__).resolve().parents[2]


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


ROLES = Roles(
    owner="monolith_owner", app="monolith_app", relay="monolith_owner", applier="monolith_owner"
)
# A domain of the stage before as `strangler retire` sees it: a table with its fence, and one beside it.
BEFORE = """
CREATE TABLE catalog_product (id uuid PRIMARY KEY, version bigint, updated_at timestamptz);
CREATE TABLE notifications_notice (id uuid PRIMARY KEY);
CREATE TABLE django_session (session_key text PRIMARY KEY);
"""
RETIRE = """
SELECT handover.begin_retirement('catalog');
SELECT handover.end_stream('catalog');
SELECT handover.note_dump('catalog', '{}');
SELECT handover.set_aside('catalog', 1000);
SELECT handover.drop_aside('catalog', 1000);
"""


@pytest.fixture
def before(empty) -> Iterator[psycopg.Connection]:
    """A database of the stage before, with one domain that stands at cutover."""
    manage("migrate", "customers", "0003", variables=empty)
    catalog = Domain(
        name="catalog",
        mode="REPLICA",
        epoch=2,
        entities=(
            Entity(
                name="product",
                table="public.catalog_product",
                fields=(
                    Field(name="id", type="uuid"),
                    Field(name="version", type="bigint"),
                    Field(name="updated_at", type="timestamptz"),
                ),
            ),
        ),
    )
    with psycopg.connect(empty["MONOLITH_OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute(BEFORE)
        owner.execute(installation_sql(side="monolith", roles=ROLES).encode())
        owner.execute(registration_sql(catalog, roles=ROLES).encode())
        yield owner


def manage(*arguments: str, variables: dict[str, str]) -> None:
    run_manage(*arguments, "--verbosity", "0", variables=variables)


@pytest.mark.slow
def test_what_is_retired_leaves_nothing_behind(before, empty):
    before.execute(RETIRE)
    with pytest.raises(psycopg.Error) as gone:
        before.execute("SELECT * FROM catalog_product")
    assert gone.value.sqlstate == "DM005"
    with testing.scratch_database("monolith") as fresh:
        manage("migrate", variables=fresh)
        manage("migrate", variables=empty)
        assert shape(empty) == shape(fresh)
    before.execute("SELECT FROM customers_customer")


@pytest.mark.slow
def test_what_is_not_retired_is_not_dropped(before, empty):
    before.execute("INSERT INTO catalog_product VALUES (gen_random_uuid(), 7, now())")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        manage("migrate", variables=empty)
    assert "go back to the stage 06-orders, run `strangler retire catalog`" in refused.value.stderr
    assert before.execute("SELECT version FROM catalog_product").fetchall() == [(7,)]


def test_the_models_and_the_migrations_agree(django_db_setup, manage_alone: Callable[..., str]):
    assert "No changes" in manage_alone("makemigrations", "--check", "--dry-run")


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
