"""A database of our own, migrated by its owner, in which every test acts as the application."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.db import connections
from django.test import Client

from monolith.customers import keys, passwords
from monolith.web.environment import database as database_settings
from stack import testing

TABLES = (
    "customers_customer, customers_command, customers_address, customers_session, "
    "customers_signingkey, customers_signincount"
)


@pytest.fixture(scope="session")
def database(servers: dict[str, str]) -> Iterator[dict[str, str]]:
    with testing.scratch_database("monolith") as variables:
        run_manage("migrate", "--verbosity", "0", variables=variables)
        yield variables


@pytest.fixture
def vhost(servers: dict[str, str]) -> Iterator[str]:
    """The address of a virtual host at a real broker, where nobody else is."""
    with testing.scratch_vhost() as variables:
        yield variables["AMQP_URL"]


def run_manage(*arguments: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monolith.manage", *arguments],
        env={
            **os.environ,
            **variables,
            "DJANGO_SETTINGS_MODULE": "monolith.config.settings.test",
            "AMQP_URL": "",
        },
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="session")
def django_db_setup(database: dict[str, str], django_db_blocker: Any) -> Iterator[None]:
    """Point Django at the database as the application's role (pytest-django's hook)."""
    os.environ["MONOLITH_DATABASE_URL"] = database["MONOLITH_DATABASE_URL"]
    found = database_settings("MONOLITH_DATABASE_URL")
    connections.databases["default"].update(found)
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(scope="session")
def some_keys() -> Iterator[RSAPrivateKey]:
    """A few signing keys in turns: to make one takes longer than all else that a test does."""
    return cycle([keys._generated() for _ in range(6)])


@pytest.fixture(autouse=True)
def _keys_at_hand(some_keys: Iterator[RSAPrivateKey], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_generated", lambda: next(some_keys))


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash is worth is its price, and hundreds of tests register somebody."""
    monkeypatch.setattr(passwords.Argon2id, "time_cost", 1)
    monkeypatch.setattr(passwords.Argon2id, "memory_cost", 8)


@pytest.fixture
def owner(database: dict[str, str]) -> Iterator[psycopg.Connection]:
    """The owner's hands, for what the application may not do."""
    with psycopg.connect(database["MONOLITH_OWNER_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def committed(
    django_db_setup: None, django_db_blocker: Any, owner: psycopg.Connection
) -> Iterator[None]:
    """Real commits, seen by other connections; everything is emptied afterwards."""
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            connections.close_all()
            owner.execute(f"TRUNCATE {TABLES}")


class Api:
    """The API as a client speaks it."""

    def __init__(self) -> None:
        self._client = Client()

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/api/v1{path}", query)

    def write(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        headers = {
            "Idempotency-Key": str(uuid.uuid4()),
            # As a header, because Django's client leaves the argument out for an empty body.
            "Content-Type": options.pop("content_type", "application/json"),
            **options.pop("headers", {}),
        }
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._client.generic(
            method,
            f"/api/v1{path}",
            b"" if body is None else raw,
            headers={name: value for name, value in headers.items() if value is not None},
        )

    def post(self, path: str, body: Any, **options: Any) -> Any:
        return self.write("POST", path, body, **options)

    def patch(self, path: str, body: Any, **options: Any) -> Any:
        return self.write("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.write("DELETE", path, **options)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def manage(database: dict[str, str]) -> Callable[..., str]:
    """Run a command of manage.py in a process of its own; returns what it printed."""
    return lambda *arguments: run_manage(*arguments, variables=database).stdout


@pytest.fixture
def manage_alone(database: dict[str, str]) -> Callable[..., str]:
    """The same in a process of its own, which reads its settings and connects anew."""
    return lambda *arguments: run_manage(*arguments, variables=database).stdout
