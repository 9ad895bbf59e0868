"""A shop of its own for one command."""

from __future__ import annotations

import subprocess
import sys

import pytest

from stack import profile as profiles
from stack import roles
from stack.profile import Kind

LOOK = """
import os, psycopg
with psycopg.connect(os.environ["MONOLITH_DATABASE_URL"]) as shop:
    print(shop.info.dbname, *shop.execute("SELECT count(*) FROM catalog_product").fetchone())
raise SystemExit(3)
"""


def scratch(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stack", "scratch", "--profile", "test", "--", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )


@pytest.mark.slow
def test_a_command_has_a_filled_database_of_its_own_which_is_gone_afterwards(
    servers: dict[str, str],
) -> None:
    done = scratch(sys.executable, "-c", LOOK)
    assert done.returncode == 3, done.stderr
    name, products = done.stdout.split()[-2:]
    assert name.startswith("scratch_monolith_")
    assert products == "1000"
    with (
        roles.superuser(profiles.load(Kind.TEST)) as server,
        server.cursor() as cursor,
    ):
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        assert cursor.fetchone() is None


def test_without_a_command_nothing_is_made() -> None:
    done = scratch()
    assert done.returncode == 2
    assert "COMMAND" in done.stderr
