"""Real servers in a copy of their own."""

import os
import signal
import socket

import amqp
import httpx
import psycopg
import pytest
from amqp.exceptions import AccessRefused

from stack import (
    environment,
    lifecycle,
    postgresql,
    programs,
    roles,
    starting,
    strays,
    table,
    testing,
)
from stack import profile as profiles
from stack.__main__ import cli
from stack.errors import PortTakenError, ProgramError
from stack.profile import Profile
from stack.supervisor import Supervisor

pytestmark = pytest.mark.slow


def quietly(text: str) -> None:
    del text


def listening(profile: Profile) -> list[int]:
    offsets = (432, 672, 673, 674, 675)
    found = []
    for offset in offsets:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", profile.port(offset))) == 0:
                found.append(offset)
    return found


def test_servers_start_twice_and_stop_twice_without_leaving_a_process(copy: Profile) -> None:
    lifecycle.start_servers(copy, say=quietly)
    first = [process.pid for process in Supervisor(copy).processes()]
    lifecycle.start_servers(copy, say=quietly)
    assert [process.pid for process in Supervisor(copy).processes()] == first
    assert listening(copy) == [432, 672, 673, 674, 675]

    lifecycle.down(copy, say=quietly)
    assert listening(copy) == []
    assert strays.find(copy) == []
    lifecycle.down(copy, say=quietly)


def test_what_outlived_a_killed_supervisor_is_stopped_and_data_stays(copy: Profile) -> None:
    lifecycle.start_servers(copy, say=quietly)
    with roles.superuser(copy) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1")
    os.kill(int((copy.state / "supervisord.pid").read_text()), signal.SIGKILL)

    lifecycle.down(copy, say=quietly)
    assert strays.find(copy) == []

    lifecycle.start_servers(copy, say=quietly)
    with roles.superuser(copy) as connection:
        assert connection.execute("TABLE kept").fetchone() == (1,)


def test_a_start_that_fails_leaves_nothing_behind(copy: Profile) -> None:
    postgresql.prepare(copy)
    (postgresql.data(copy) / "postgresql.auto.conf").write_text("nonsense")

    with (
        pytest.raises(
            ProgramError, match=r"postgresql died at start: .*postgresql.auto.conf.*; see"
        ),
        lifecycle.undone_on_failure(copy, say=quietly),
    ):
        lifecycle.start_servers(copy, say=quietly)

    assert strays.find(copy) == []


def test_a_taken_port_is_named_with_its_holder_before_anything_starts(copy: Profile) -> None:
    with (
        socket.create_server(("127.0.0.1", copy.port(672))),
        pytest.raises(PortTakenError) as error,
    ):
        lifecycle.start_servers(copy, say=quietly)

    assert f"rabbitmq needs port {copy.port(672)}" in str(error.value)
    assert f"(pid {os.getpid()})" in str(error.value)
    assert strays.find(copy) == []


def test_a_port_of_the_last_program_is_looked_at_before_the_first_starts(copy: Profile) -> None:
    last = table.applications(copy)[-1]
    with socket.create_server(("127.0.0.1", last.ports[0])), pytest.raises(PortTakenError) as error:
        lifecycle.up(copy, say=quietly)
    assert f"{last.name} needs port {last.ports[0]}" in str(error.value)
    assert not Supervisor(copy).alive()


def test_a_program_that_is_killed_comes_back(servers: dict[str, str]) -> None:
    copy = profiles.load("test")
    before = programs.pid("epmd", profile=copy)
    programs.kill("epmd", profile=copy)
    programs.await_ready("epmd", profile=copy)
    starting.start(copy, [table.named(copy, "epmd")], say=quietly)
    assert programs.pid("epmd", profile=copy) != before


def test_a_program_that_is_stopped_stays_down_until_it_is_started_again(
    servers: dict[str, str],
) -> None:
    copy = profiles.load("test")
    cli(["stop", "--profile", "test", "postgresql", "postgresql"], standalone_mode=False)
    assert Supervisor(copy).process("postgresql").state == "STOPPED"
    cli(["stop", "--profile", "test", "postgresql"], standalone_mode=False)
    cli(["restart", "--profile", "test", "postgresql"], standalone_mode=False)
    assert Supervisor(copy).process("postgresql").runs


@pytest.mark.parametrize(
    ("variable", "database"),
    [
        ("MONOLITH_DATABASE_URL", "catalog"),
        ("CATALOG_DATABASE_URL", "monolith"),
        ("STRANGLER_MONOLITH_DATABASE_URL", "postgres"),
    ],
)
def test_a_role_cannot_enter_another_database(
    servers: dict[str, str], variable: str, database: str
) -> None:
    strange = servers[variable].rpartition("/")[0] + f"/{database}"
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(strange)


def test_a_role_that_runs_requests_cannot_create_tables(servers: dict[str, str]) -> None:
    with testing.scratch_database("monolith") as scratch:
        with psycopg.connect(scratch["MONOLITH_OWNER_DATABASE_URL"]) as owner:
            owner.execute("CREATE TABLE allowed (id int)")
        with (
            psycopg.connect(scratch["MONOLITH_DATABASE_URL"]) as visitor,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            visitor.execute("CREATE TABLE refused (id int)")


def test_no_role_of_ours_is_a_superuser(servers: dict[str, str]) -> None:
    for variable in environment.DATABASES:
        with psycopg.connect(servers[variable]) as connection:
            row = connection.execute(
                "SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles"
                " WHERE rolname = current_user"
            ).fetchone()
        assert row == (False,)


def test_the_superuser_cannot_come_in_over_tcp(servers: dict[str, str]) -> None:
    port = servers["PORT_BASE"][:-3] + "432"
    with pytest.raises(psycopg.OperationalError, match=r"authentication failed|no password"):
        psycopg.connect(f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres")


def test_the_broker_knows_no_guest(servers: dict[str, str]) -> None:
    port = servers["AMQP_URL"].rpartition(":")[2].partition("/")[0]
    connection = amqp.Connection(f"127.0.0.1:{port}", "guest", "guest", virtual_host="/")
    with pytest.raises(AccessRefused):
        connection.connect()
    connection.collect()


def test_a_scratch_virtual_host_is_gone_afterwards(servers: dict[str, str]) -> None:
    with testing.scratch_vhost() as scratch:
        name = scratch["AMQP_URL"].rpartition("/")[2]
    answer = httpx.get(f"{servers['AMQP_MANAGEMENT_URL']}/api/vhosts/{name}", trust_env=False)
    assert answer.status_code == 404


def test_lost_passwords_are_replaced_on_both_servers(copy: Profile) -> None:
    lifecycle.start_servers(copy, say=quietly)
    lifecycle.down(copy, say=quietly)
    (copy.state / "secrets.env").unlink()

    lifecycle.start_servers(copy, say=quietly)

    known = environment.variables(copy)
    psycopg.connect(known["MONOLITH_DATABASE_URL"]).close()
    answer = httpx.get(f"{known['AMQP_MANAGEMENT_URL']}/api/whoami", trust_env=False)
    assert answer.status_code == 200
