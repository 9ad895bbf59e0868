"""Passwords for the composition: made once, kept, readable by one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stack import containers
from stack.errors import MissingError, StackError
from stack.profile import ROOT


def stack(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stack", *arguments],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_file_is_made_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "env"
    assert set(containers.write_environment(file)) == set(containers.SECRETS)
    assert file.stat().st_mode & 0o777 == 0o600
    assert containers.names_in(file) == set(containers.SECRETS)


def test_what_the_file_has_stays(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("KONG_PASSWORD=of-mine\nPRODUCTS=5\n")
    assert "KONG_PASSWORD" not in containers.write_environment(file)
    assert {"KONG_PASSWORD=of-mine", "PRODUCTS=5"} < set(file.read_text().split())
    assert containers.write_environment(file) == ()


def test_a_dry_run_names_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "env"
    done = stack("compose-env", "--dry-run", "--json", "--file", str(file))
    assert set(json.loads(done.stdout)["added"]) == set(containers.SECRETS)
    assert not file.exists()


def test_git_does_not_see_the_file() -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", ".env"], cwd=ROOT, check=False)
    assert ignored.returncode == 0


def test_without_passwords_no_database_is_made() -> None:
    with pytest.raises(MissingError, match=r"CATALOG_APP_PASSWORD.*make compose-env"):
        containers.ensure_databases({containers.ADMIN_URL: "postgresql://127.0.0.1:1"})


def test_a_server_that_is_not_there_is_one_line() -> None:
    known = dict.fromkeys((*containers.SECRETS, "X"), "x")
    with pytest.raises(StackError, match=r"\Ano database server at DATABASE_ADMIN_URL: [^\n]+\Z"):
        containers.ensure_databases({**known, containers.ADMIN_URL: "postgresql://127.0.0.1:1"})


def test_a_command_without_its_variables_ends_with_a_line_and_2() -> None:
    done = stack("databases", DATABASE_ADMIN_URL="")
    assert done.returncode == 2
    assert done.stderr.startswith("stack: not set: DATABASE_ADMIN_URL")
    assert len(done.stderr.splitlines()) == 1
