"""What docker-compose.yml gives a container is enough to work with: each is started with just that."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from psycopg.conninfo import make_conninfo

from stack import containers as secrets
from stack import passwords, postgresql, roles, table, waiting
from stack import profile as profiles
from stack.environment import AMQP_PORT, POSTGRESQL_PORT
from stack.profile import ROOT
from stack.services import sides
from tests.deploy.composed import VARIABLE, Container, container
from tests.free_ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

PROFILE = profiles.load(profiles.Kind.TEST)
PROGRAMS = [program.name for program in table.applications(PROFILE)]
# What the Dockerfiles set of what a process reads, as far as it is not a place in the image.
IMAGE = {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "monolith.config.settings.dev"}


def known_secrets() -> dict[str, str]:
    known = passwords.load(PROFILE)
    ours = {name: known[role.upper()] for role, name in secrets.ROLE_PASSWORDS.items()}
    same = {name: known[name] for name in secrets.SECRETS if name in known}
    return {**ours, **same, "AMQP_PASSWORD": known["AMQP"], secrets.TENANT_PASSWORD: "of-a-test"}


def filled(one: Container) -> dict[str, str]:
    """The container's variables, with the test's servers for those of the composition."""
    places = {
        "@postgresql:5432": f"@127.0.0.1:{PROFILE.port(POSTGRESQL_PORT)}",
        "@rabbitmq:5672": f"@127.0.0.1:{PROFILE.port(AMQP_PORT)}",
    }
    known = known_secrets()
    found = {}
    for name, value in one.environment.items():
        text = VARIABLE.sub(lambda match: known.get(match[1], match[3] or ""), str(value))
        for host, here in places.items():
            text = text.replace(host, here)
        found[name] = text
    return found


def command(one: Container, **variables: str) -> dict[str, object]:
    alone = {"PATH": os.environ["PATH"], **IMAGE, **filled(one), **variables}
    return {
        "args": [sys.executable, "-m", *one.definition["command"]],
        "cwd": ROOT,
        "env": alone,
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
    }


def do(name: str, **variables: str) -> str:
    done = subprocess.run(**command(container(name), **variables), timeout=100, check=False)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout
    return str(done.stdout)


def superuser_url() -> str:
    return make_conninfo(
        host=str(postgresql.data(PROFILE)), port=PROFILE.port(POSTGRESQL_PORT), user="postgres"
    )


@pytest.fixture(scope="module")
def migrated(servers: dict[str, str]) -> Iterator[None]:
    """What the jobs of the composition leave behind, run as it runs them."""
    do("databases", DATABASE_ADMIN_URL=superuser_url())
    for side in sides():
        do(f"{side}-migrate")
    yield
    with roles.superuser(PROFILE) as connection:
        connection.execute("DROP DATABASE kong")
        connection.execute("DROP ROLE kong")


def test_the_jobs_may_be_repeated(migrated: None) -> None:
    do("databases", DATABASE_ADMIN_URL=superuser_url())
    assert "nothing to do" in do("catalog-migrate")
    do("signing-key")
    assert "there is a key" in do("signing-key")


def test_kong_has_a_database_of_its_own_and_sees_none_of_ours(migrated: None) -> None:
    with roles.superuser(PROFILE) as connection:
        may = connection.execute(
            "SELECT datname FROM pg_database"
            " WHERE has_database_privilege('kong', datname, 'CONNECT') AND NOT datistemplate"
        )
        assert [name for (name,) in may] == ["kong"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_process_becomes_ready_with_nothing_but_what_its_container_has(
    migrated: None, tmp_path: Path, name: str
) -> None:
    port = free_port()
    own = {"PORT": str(port), "LISTEN_HOST": "127.0.0.1", "STATE_DIR": str(tmp_path)}
    if name == "bank":
        own["BANK_DATABASE"] = str(tmp_path / "books.sqlite")
    answers: list[str] = []

    def ready() -> bool:
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False, timeout=3)
        except httpx.TransportError:
            return process.poll() is not None
        answers.append(answer.text)
        return answer.is_success

    process = subprocess.Popen(**command(container(name), **own))  # type: ignore[call-overload]
    try:
        assert waiting.until(ready, timeout_s=40), answers[-1:]
        numbers = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, timeout=5)
        assert process.poll() is None
        assert name == "bank" or re.search(r"^# HELP", numbers.text, re.MULTILINE)
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=45)
    assert process.returncode == 0, said[-3000:]
