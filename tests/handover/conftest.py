"""Two databases with a tiny domain `shop`, whose two sides name their columns differently."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from handover import Domain, Entity, Field, Roles, installation_sql, registration_sql
from handover.applier import run_applier
from handover.operator import Hand
from handover.process import Settings
from handover.relay import run_relay
from stack import testing

DOMAIN = "shop"
DATABASES = {"monolith": "monolith", "service": "catalog"}
# They come from a process that has imported all once, and nothing else: half a second less for each.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["__main__", "handover.relay", "handover.applier"])


def thing(table: str, *, label: str) -> Entity:
    return Entity(
        name="thing",
        table=table,
        fields=(
            Field(name="id", type="uuid"),
            Field(name="label", type="text", column=label),
            Field(name="version", type="bigint"),
            Field(name="updated_at", type="timestamptz"),
        ),
    )


ENTITIES = {
    "monolith": thing("public.shop_thing", label="label"),
    "service": thing("shop.thing", label="title"),
}
TABLES = {
    "monolith": "CREATE TABLE public.shop_thing (id uuid PRIMARY KEY, label text NOT NULL UNIQUE, "
    "version bigint NOT NULL, updated_at timestamptz NOT NULL);",
    "service": "CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO {app}, {applier}; "
    "CREATE TABLE shop.thing (id uuid PRIMARY KEY, title text NOT NULL UNIQUE, "
    "version bigint NOT NULL, updated_at timestamptz NOT NULL);",
}
INDEX = "CREATE INDEX ON {table} (updated_at); "
GRANTS = (
    "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON {table} TO {applier}; "
    "GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {app};"
)


@dataclass(slots=True)
class SideOfShop:
    """One side: its connection strings by role, and what a writer of the shop does there."""

    name: str
    urls: dict[str, str]
    amqp_url: str
    entity: Entity = field(init=False)

    def __post_init__(self) -> None:
        self.entity = ENTITIES[self.name]

    @property
    def database(self) -> str:
        return urlsplit(self.urls["owner"]).path.strip("/")

    def connect(self, role: str = "app", **options: Any) -> psycopg.Connection[DictRow]:
        return psycopg.connect(self.urls[role], autocommit=True, row_factory=dict_row, **options)

    def hand(self) -> Hand:
        return Hand.connect(self.urls["operator"], side=self.name)  # type: ignore[arg-type]

    def settings(self) -> dict[str, Settings]:
        return {
            role: Settings(
                side=self.name,  # type: ignore[arg-type]
                database_url=self.urls[role],
                amqp_url=self.amqp_url,
            )
            for role in ("relay", "applier")
        }

    def put(self, connection: psycopg.Connection[DictRow], key: UUID, label: str) -> int:
        """Create or change a thing as an application would; return its version."""
        table, column = self.entity.table, self.entity.fields[1].here
        with connection.transaction():
            connection.execute("SELECT handover.enter(%s)", (DOMAIN,))
            row = connection.execute(
                f"INSERT INTO {table} AS t (id, {column}, version, updated_at) "
                f"VALUES (%s, %s, 1, clock_timestamp()) ON CONFLICT (id) DO UPDATE SET "
                f"{column} = excluded.{column}, version = t.version + 1, "
                f"updated_at = clock_timestamp() RETURNING id, version",
                (key, label),
            ).fetchone()
            self._record(connection, key, "put")
        assert row is not None
        return int(row["version"])

    def delete(self, connection: psycopg.Connection[DictRow], key: UUID) -> None:
        table = self.entity.table
        with connection.transaction():
            connection.execute("SELECT handover.enter(%s)", (DOMAIN,))
            connection.execute(f"UPDATE {table} SET version = version + 1 WHERE id = %s", (key,))
            self._record(connection, key, "delete")
            connection.execute(f"DELETE FROM {table} WHERE id = %s", (key,))

    def _record(self, connection: psycopg.Connection[DictRow], key: UUID, op: str) -> None:
        label, table = self.entity.fields[1].here, self.entity.table
        connection.execute(
            f"SELECT handover.record(%s, 'thing_changed', id::text, jsonb_build_object('rows', "
            f"jsonb_build_array(jsonb_build_object('entity', 'thing', 'op', %s::text, 'image', "
            f"jsonb_build_object('id', id, 'label', {label}, 'version', version, "
            f"'updated_at', updated_at))))) FROM {table} WHERE id = %s",
            (DOMAIN, op, key),
        )

    def rows(self) -> dict[UUID, tuple[str, int]]:
        label = self.entity.fields[1].here
        with self.connect("owner") as connection:
            found = connection.execute(
                f"SELECT id, {label} AS label, version FROM {self.entity.table}"
            )
            return {row["id"]: (row["label"], row["version"]) for row in found}


@dataclass(slots=True)
class Shop:
    """Both sides, and the processes that carry facts between them."""

    monolith: SideOfShop
    service: SideOfShop
    processes: dict[str, ForkServerProcess] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        """Start `monolith-relay`, `monolith-applier`, `service-relay` or `service-applier`."""
        for name in names:
            side = self.monolith if name.startswith("monolith") else self.service
            role = name.split("-")[1]
            arguments: tuple[Any, ...] = (side.settings()[role],)
            if role == "applier":
                arguments += ({DOMAIN: (side.entity,)},)
            target: Callable[..., None] = run_relay if role == "relay" else run_applier
            self.processes[name] = PROCESSES.Process(target=target, args=arguments, daemon=True)
            self.processes[name].start()

    def start_all(self) -> None:
        self.start("monolith-relay", "monolith-applier", "service-relay", "service-applier")

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        process = self.processes.pop(name)
        assert process.pid is not None
        os.kill(process.pid, number)
        process.join(10)

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)


def wait_until(condition: Callable[[], object], *, timeout_s: float = 20.0, what: str = "") -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s} s for {what or condition}"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def templates(servers: dict[str, str]) -> Iterator[dict[str, str]]:
    """Both sides' databases, installed once: what a test has are copies of them."""
    with ExitStack() as stack:
        found = {}
        for name, database in DATABASES.items():
            side = stack.enter_context(_side(name, amqp_url=""))
            _install(side, prefix=database)
            found[name] = side.database
        yield found


@pytest.fixture
def shop(templates: dict[str, str]) -> Iterator[Shop]:
    with _opened(templates) as shop:
        yield shop


@pytest.fixture(scope="module")
def shared_shop(templates: dict[str, str]) -> Iterator[Shop]:
    """For tests that leave ownership and tables as they were."""
    with _opened(templates) as shop:
        yield shop


@contextmanager
def _opened(templates: dict[str, str]) -> Iterator[Shop]:
    with ExitStack() as stack:
        vhost = stack.enter_context(testing.scratch_vhost())
        sides = {
            side: stack.enter_context(_side(side, amqp_url=vhost["AMQP_URL"], template=template))
            for side, template in templates.items()
        }
        shop = Shop(monolith=sides["monolith"], service=sides["service"])
        stack.callback(shop.stop)
        yield shop


@contextmanager
def _side(name: str, *, amqp_url: str, template: str = "template0") -> Iterator[SideOfShop]:
    database = DATABASES[name]
    with testing.scratch_database(database, template=template) as variables:
        prefix = database.upper()
        urls = {
            "app": variables[f"{prefix}_DATABASE_URL"],
            "owner": variables[f"{prefix}_OWNER_DATABASE_URL"],
            "relay": variables[f"{prefix}_RELAY_DATABASE_URL"],
            "applier": variables[f"{prefix}_APPLIER_DATABASE_URL"],
            "operator": variables[f"STRANGLER_{prefix}_DATABASE_URL"],
            "auditor": variables[f"AUDITOR_{prefix}_DATABASE_URL"],
        }
        yield SideOfShop(name=name, urls=urls, amqp_url=amqp_url)


def _install(side: SideOfShop, *, prefix: str) -> None:
    roles = Roles(
        owner=f"{prefix}_owner",
        app=f"{prefix}_app",
        relay=f"{prefix}_relay",
        applier=f"{prefix}_applier",
    )
    names = {"app": roles.app, "applier": roles.applier, "table": side.entity.table}
    is_monolith = side.name == "monolith"
    domain = Domain(
        name=DOMAIN,
        mode="OWNER" if is_monolith else "REPLICA",
        receiver="service" if is_monolith else "monolith",
        entities=(side.entity,),
    )
    with side.connect("owner") as connection:
        for statement in (TABLES[side.name], INDEX, GRANTS):
            connection.execute(statement.format(**names))
        connection.execute(installation_sql(side=side.name, roles=roles))  # type: ignore[arg-type]
        connection.execute(registration_sql(domain, roles=roles))


@pytest.fixture
def keys() -> list[UUID]:
    return [uuid4() for _ in range(20)]
