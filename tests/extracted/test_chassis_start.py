"""How a process starts: patched in time, configured or told why not, its schema up to date."""

import subprocess
import sys
from collections.abc import Mapping

import psycopg
import pytest

from extracted.catalog.migrate import all_migrations, migrate
from extracted.chassis.config import ConfigError, read_settings
from extracted.chassis.migrations import Migration, MigrationError, plan
from stack import testing
from tests.extracted.running import ROOT

COMPLETE = {
    "CATALOG_DATABASE_URL": "postgresql://x",
    "AMQP_URL": "amqp://x",
    "MONOLITH_URL": "http://a:1/",
    "PORT": "18201",
}


def python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_patch_that_comes_too_late_is_refused() -> None:
    late = python("import psycopg; from extracted.chassis import boot; boot.patch()")

    assert late.returncode == 1
    assert "psycopg was imported before" in late.stderr


def test_after_the_patch_psycopg_waits_green() -> None:
    program = (
        "from extracted.chassis import boot; boot.patch(); from psycopg import waiting; "
        "assert waiting.wait is waiting.wait_selector; import selectors; "
        "assert 'eventlet' in selectors.DefaultSelector.__module__ "
        "or selectors.DefaultSelector is selectors.SelectSelector"
    )
    assert python(program).returncode == 0


@pytest.mark.parametrize(
    "module",
    [
        "chassis.command_line",
        "chassis.streams",
        "catalog.entities",
        "catalog.migrate",
        "notifications.entities",
        "notifications.migrate",
        "notifications.chores",
    ],
)
def test_plain_processes_load_neither_eventlet_nor_nameko(module: str) -> None:
    program = (
        f"import sys, extracted.{module}; assert not {{'nameko', 'eventlet'}} & set(sys.modules)"
    )
    assert python(program).returncode == 0


def test_settings_are_read_from_the_environment() -> None:
    settings = read_settings(COMPLETE, service="catalog", keys="MONOLITH_URL")

    assert settings.keys_url == "http://a:1"
    assert settings.to_nameko()["WEB_SERVER_ADDRESS"] == "127.0.0.1:18201"


@pytest.mark.parametrize(("said", "is_asked"), [({}, True), ({"AUTH_REQUIRED": "off"}, False)])
def test_who_forgets_the_switch_asks_everybody(said: Mapping[str, str], is_asked: bool) -> None:
    assert read_settings({**COMPLETE, **said}, service="catalog").auth_required is is_asked


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("CATALOG_DATABASE_URL", "", "CATALOG_DATABASE_URL is not set"),
        ("PORT", "", "PORT is not set"),
        ("PORT", "http", "PORT must be a whole number above 0, not 'http'"),
        ("GRACE_S", "-1", "GRACE_S must be seconds between 0 and 3600, not '-1'"),
        ("GRACE_S", "soon", "GRACE_S must be seconds between 0 and 3600, not 'soon'"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL must be a level of Python's logging, not 'LOUD'"),
    ],
)
def test_a_bad_setting_is_named(name: str, value: str, message: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_settings({**COMPLETE, name: value}, service="catalog")

    assert str(refusal.value) == message


def test_a_missing_setting_is_one_line_and_not_a_traceback() -> None:
    started = subprocess.run(
        [sys.executable, "-m", "extracted.catalog", "serve"],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 2
    assert started.stderr == "catalog serve: CATALOG_DATABASE_URL is not set\n"


@pytest.mark.parametrize(
    ("module", "arguments", "server"),
    [
        ("orders", ("check",), "database"),
        ("orders", ("rebuild",), "database"),
        ("orders", ("migrate",), "database"),
        ("catalog", ("migrate",), "database"),
        ("catalog", ("relay", "--to", "kafka", "--end"), "database"),
        ("catalog", ("dead-letters",), "broker"),
    ],
)
def test_a_server_that_is_away_is_one_line_where_nobody_waits(
    module: str, arguments: tuple[str, ...], server: str
) -> None:
    nowhere = f"postgresql://nobody@127.0.0.1:1/{module}"
    names = [f"{module.upper()}_{role}DATABASE_URL" for role in ("", "OWNER_", "RELAY_")]
    ended = subprocess.run(
        [sys.executable, "-m", f"extracted.{module}", *arguments],
        cwd=ROOT,
        env=dict.fromkeys(names, nowhere)
        | {
            "AMQP_URL": "amqp://127.0.0.1:1/",
            "PORT": "1",
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{module} {arguments[0]}: the {server} does not answer (")
    assert ended.stderr.endswith("); start it: python -m stack up\n")
    assert ended.stderr.count("\n") == 1


def test_the_schema_goes_up_down_and_up_again(servers: Mapping[str, str]) -> None:
    names = [migration.name for migration in all_migrations()]
    with testing.scratch_database("catalog") as variables:
        url = variables["CATALOG_OWNER_DATABASE_URL"]

        assert migrate(url) == [f"+ {name}" for name in names]
        assert migrate(url) == []
        assert migrate(url, target=names[0]) == [f"- {name}" for name in reversed(names[1:])]
        assert migrate(url, target="zero") == [f"- {names[0]}"]
        assert migrate(url) == [f"+ {name}" for name in names]


def test_no_table_of_the_domain_is_without_fence(servers: Mapping[str, str]) -> None:
    with testing.scratch_database("catalog") as variables:
        migrate(variables["CATALOG_OWNER_DATABASE_URL"])
        with psycopg.connect(variables["CATALOG_OWNER_DATABASE_URL"]) as connection:
            rows = connection.execute("SELECT handover.unfenced('catalog', '%')::text").fetchall()

    # A read model of our own, its inbox and the record of migrations do not move with the domain.
    assert {name for (name,) in rows} == {
        "catalog.inbox_event",
        "catalog.migration",
        "catalog.popularity",
    }


def test_the_application_cannot_reach_past_its_rights(servers: Mapping[str, str]) -> None:
    with testing.scratch_database("catalog") as variables:
        migrate(variables["CATALOG_OWNER_DATABASE_URL"])
        with psycopg.connect(variables["CATALOG_DATABASE_URL"], autocommit=True) as connection:
            for statement in (
                "UPDATE handover.ownership SET mode = 'OWNER'",
                "INSERT INTO catalog.category (id, slug, name) VALUES (gen_random_uuid(), 'a', 'a')",
                "DELETE FROM catalog.command",
                "CREATE TABLE catalog.mine (a int)",
                "ALTER TABLE catalog.product DISABLE TRIGGER ALL",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)


def test_migrations_this_version_does_not_know_are_an_error() -> None:
    ours = [Migration(name="0001_a", up="", down="")]

    with pytest.raises(MigrationError, match="0002_b"):
        plan(ours, applied=["0001_a", "0002_b"], target=None)
    with pytest.raises(MigrationError, match="0009"):
        plan(ours, applied=[], target="0009_x")
