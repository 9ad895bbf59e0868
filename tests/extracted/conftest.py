"""Real processes of services, on real servers. Nothing here runs under eventlet: they do.

Who imports a service's module imports eventlet, which leaves a patched server behind as the attribute
`http.server`; `from http.server import ...` is not fooled by it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from extracted.catalog.migrate import migrate
from stack import testing
from tests.extracted.running import DESK, ROOT, START_S, Program, Start, until
from tests.free_ports import free_port


@pytest.fixture(scope="session")
def database(servers: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """A migrated catalog database of our own: the variables that lead to it."""
    with testing.scratch_database("catalog") as variables:
        migrate(variables["CATALOG_OWNER_DATABASE_URL"])
        yield variables


@pytest.fixture(scope="session")
def broker(servers: Mapping[str, str]) -> Iterator[str]:
    with testing.scratch_vhost() as variables:
        yield variables["AMQP_URL"]


@pytest.fixture(scope="session")
def environment(
    servers: Mapping[str, str], database: Mapping[str, str], broker: str
) -> dict[str, str]:
    return {
        **os.environ,
        **servers,
        **database,
        "AMQP_URL": broker,
        # Whatever the stack says: test_auth.py switches it on, and brings an issuer of tokens.
        "AUTH_REQUIRED": "off",
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "migration-plan"))),
    }


@pytest.fixture(scope="session")
def start(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start a program and await its readiness: start("-m", "extracted.catalog", "serve")."""
    programs: list[Program] = []

    def start(*arguments: str, is_awaited: bool = True, **variables: str) -> Program:
        port = variables.pop("PORT", None) or str(free_port())
        log = tmp_path_factory.mktemp("program") / "log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env={**environment, "PORT": port, **variables},
                cwd=ROOT,
                stdout=sink,
                stderr=sink,
            )
        program = Program(process, f"http://127.0.0.1:{port}", log)
        programs.append(program)
        if is_awaited:
            until(program.is_ready, within_s=START_S)
        return program

    yield start
    for program in programs:
        program.stop()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture
def vhost(servers: Mapping[str, str]) -> Iterator[str]:
    """A broker without queues, so that no other test's desk takes our messages."""
    with testing.scratch_vhost() as variables:
        yield variables["AMQP_URL"]


@pytest.fixture
def desk(start: Start, notes: Path, vhost: str) -> Iterator[Program]:
    """The desk of a test of its own, because tests stop and hurt it."""
    program = start(DESK, NOTES=str(notes), AMQP_URL=vhost)
    yield program
    program.stop()


@pytest.fixture(scope="module")
def shared_vhost(servers: Mapping[str, str]) -> Iterator[str]:
    with testing.scratch_vhost() as variables:
        yield variables["AMQP_URL"]


@pytest.fixture(scope="module")
def shared_notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("desk") / "notes"
    path.touch()
    return path


@pytest.fixture(scope="module")
def shared_desk(start: Start, shared_notes: Path, shared_vhost: str) -> Iterator[Program]:
    """The desk of a module's tests that leave it as it was."""
    program = start(DESK, NOTES=str(shared_notes), AMQP_URL=shared_vhost)
    yield program
    program.stop()


@pytest.fixture(scope="session")
def auditor(database: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database["AUDITOR_CATALOG_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def operator(database: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    """The owner of the schema, who may do what no program may."""
    with psycopg.connect(database["CATALOG_OWNER_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def owning(operator: psycopg.Connection) -> None:
    """Make this side the owner of catalog, with two categories in it."""
    operator.execute(
        "UPDATE handover.ownership SET mode = 'OWNER', epoch = 2, capture = true "
        "WHERE domain = 'catalog'"
    )
    operator.execute(
        "INSERT INTO catalog.category (id, slug, name) VALUES "
        "(gen_random_uuid(), 'toys', 'Toys'), (gen_random_uuid(), 'books', 'Books') "
        "ON CONFLICT DO NOTHING"
    )


@pytest.fixture(scope="session")
def catalog(start: Start, owning: None) -> Program:
    """The catalog as the owner of its writes."""
    return start("-m", "extracted.catalog", "serve")
