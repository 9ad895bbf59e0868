"""Migrations take no lock that stops the shop, and each of them can be taken back."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps

from stack import testing
from tests.monolith.conftest import run_manage

# The linter is a tool for whoever writes migrations: no app of the shop.
LINT = """
import django, sys
django.setup()
from django_migration_linter import MigrationLinter
linter = MigrationLinter(path=".", no_cache=True, quiet=["ok"])
linter.lint_all_migrations()
assert linter.nb_total > 10
sys.exit(linter.has_errors)
"""
ROOT = Path(__file__).resolve().parents[2]


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
