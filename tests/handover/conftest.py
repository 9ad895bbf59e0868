"""A database with a tiny domain `shop`, and the relay that carries its facts."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from handover import Domain, Entity, Field, Roles, installation_sql, registration_sql
from handover.process import Settings
from handover.relay import run_relay
from stack import testing

DOMAIN = "shop"
# They come from a process that has imported all once, and nothing else: half a second less for each.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["__main__", "handover.relay"])
THING = Entity(
    name="thing",
    table="shop.thing",
    fields=(
        Field(name="id", type="uuid"),
        Field(name="label", type="text", column="title"),
        Field(name="version", type="bigint"),
        Field(name="updated_at", type="timestamptz"),
    ),
)
ROLES = Roles(
    owner="catalog_owner", app="catalog_app", relay="catalog_relay", applier="catalog_applier"
)
TABLE = """
CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO catalog_app;
CREATE TABLE shop.thing (id uuid PRIMARY KEY, title text NOT NULL UNIQUE,
    version bigint NOT NULL, updated_at timestamptz NOT NULL);
GRANT SELECT, INSERT, UPDATE, DELETE ON shop.thing TO catalog_app;
"""
PUT = """
INSERT INTO shop.thing AS t (id, title, version, updated_at) VALUES (%s, %s, 1, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET title = excluded.title, version = t.version + 1,
    updated_at = clock_timestamp()
"""


@dataclass(slots=True)
class Shop:
    """The connection strings by role, what a writer of the shop does, and its processes."""

    urls: dict[str, str]
    amqp_url: str
    processes: dict[str, ForkServerProcess] = field(default_factory=dict)

    def connect(self, role: str = "app", **options: Any) -> psycopg.Connection[DictRow]:
        return psycopg.connect(self.urls[role], autocommit=True, row_factory=dict_row, **options)

    @property
    def settings(self) -> Settings:
        return Settings(side="service", database_url=self.urls["relay"], amqp_url=self.amqp_url)

    def put(self, connection: psycopg.Connection[DictRow], key: UUID, label: str) -> None:
        """Create or change a thing as an application would."""
        rows = f'[{{"entity": "thing", "keys": ["{key}"]}}]'
        with connection.transaction():
            connection.execute("SELECT handover.enter(%s)", (DOMAIN,))
            connection.execute(PUT, (key, label))
            connection.execute(
                "SELECT handover.record_rows(%s, 'thing_changed', %s, '{}', %s, NULL, NULL)",
                (DOMAIN, str(key), rows),
            )

    def depth(self) -> int:
        """How many facts RabbitMQ has not confirmed."""
        query = "SELECT count(*) AS n FROM handover.outbox WHERE published_at IS NULL"
        with self.connect("auditor") as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return int(row["n"])

    def start_relay(self) -> None:
        process = PROCESSES.Process(target=run_relay, args=(self.settings,), daemon=True)
        self.processes["relay"] = process
        process.start()

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        process = self.processes.pop(name)
        assert process.pid is not None
        os.kill(process.pid, number)
        process.join(10)


def wait_until(condition: Callable[[], object], *, timeout_s: float = 20.0, what: str = "") -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s} s for {what or condition}"
        time.sleep(0.01)


@pytest.fixture
def shop(servers: dict[str, str]) -> Iterator[Shop]:
    domain = Domain(name=DOMAIN, mode="OWNER", epoch=2, capture=True, entities=(THING,))
    with testing.scratch_vhost() as vhost, testing.scratch_database("catalog") as variables:
        urls = {
            "app": variables["CATALOG_DATABASE_URL"],
            "owner": variables["CATALOG_OWNER_DATABASE_URL"],
            "relay": variables["CATALOG_RELAY_DATABASE_URL"],
            "auditor": variables["AUDITOR_CATALOG_DATABASE_URL"],
        }
        shop = Shop(urls=urls, amqp_url=vhost["AMQP_URL"])
        with shop.connect("owner") as owner:
            owner.execute(TABLE)
            owner.execute(installation_sql(side="service", roles=ROLES).encode())
            owner.execute(registration_sql(domain, roles=ROLES).encode())
        yield shop
        for name in list(shop.processes):
            shop.kill(name)


@pytest.fixture
def keys() -> list[UUID]:
    return [uuid4() for _ in range(20)]
