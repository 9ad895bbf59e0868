"""A seam at canary-100 whose connections can be cut and whose databases can be restored."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from psycopg import sql

from handover.operator import Hand
from handover.process import connect_broker
from stack import profile as profiles
from stack import roles
from stack.profile import Kind
from tests.handover.conftest import DOMAIN, Shop, SideOfShop, wait_until
from tests.migration_plan.conftest import Walkable, walking
from tests.migration_plan.runbook import Reader
from tests.tcp_proxy import TcpProxy, proxy_to


@dataclass(slots=True)
class Stage:
    """A seam at canary-100 whose connections can be cut, and what was written to it."""

    walkable: Walkable
    broker: TcpProxy
    database: TcpProxy
    written: dict[UUID, str] = field(default_factory=dict)
    # What is put in the blanks of a command, and what happens before one types.
    blanks: dict[str, object] = field(default_factory=dict)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    held: ExitStack = field(default_factory=ExitStack)

    @property
    def shop(self) -> Shop:
        return self.walkable.shop

    def write(self, label: str) -> UUID:
        key = uuid4()
        with self.shop.monolith.connect() as connection:
            self.shop.monolith.put(connection, key, label)
        self.written[key] = label
        return key

    def advance(self) -> str:
        """Try, and return what was said."""
        process = self.walkable.start("advance", DOMAIN)
        out, err = process.communicate(timeout=90)
        assert process.returncode in {1, 2}, out + err
        return out + err

    def advance_and(self, *happens: Callable[[], object]) -> Popen[str]:
        """Hold the release back by a writer; let things happen just before it."""
        with self.walkable.held_back("advance", giver=self.shop.monolith) as process:
            for each in happens:
                each()
        return process

    def said_by(self, process: Popen[str]) -> str:
        out, err = process.communicate(timeout=90)
        assert process.returncode == 1, out + err
        return out + err

    def release_and_die(self) -> None:
        """The token is written, strangler is dead, and the relay has not carried it."""
        self.advance_and(lambda: self.shop.kill("monolith-relay"), self._die)
        with self.shop.monolith.hand() as hand:
            wait_until(lambda: _released(hand), what="the release")
        self.meanwhile.append(self.up)

    def _die(self) -> None:
        self.walkable.kill(self.walkable.started[-1])

    def up(self) -> None:
        """What `python -m stack up` does: start what is not there."""
        self.broker.mend()
        self.database.mend()
        gateway = self.walkable.gateway
        gateway.is_up = gateway.is_following = True
        gateway.swallows_changes = False
        gateway.swallowed.set()
        names = {
            f"{side}-{role}" for side in ("monolith", "service") for role in ("relay", "applier")
        }
        self.shop.start(*sorted(names - self.shop.processes.keys()))

    def back_up(self, side: SideOfShop) -> str:
        """Copy a side's database as it is now; returns the name of the copy."""
        name = side.database
        copy = f"{name}_backup"
        with self._at_rest(side):
            _as_superuser("CREATE DATABASE {} TEMPLATE {}", copy, name)
        self.held.callback(_as_superuser, "DROP DATABASE IF EXISTS {}", copy)
        return copy

    def restore(self, side: SideOfShop, copy: str) -> None:
        """Put the copy where the database is."""
        name = side.database
        with self._at_rest(side):
            _as_superuser("DROP DATABASE {} WITH (FORCE)", name)
            _as_superuser("ALTER DATABASE {} RENAME TO {}", copy, name)
            prefix = "monolith" if side.name == "monolith" else "catalog"
            roles.admit(profiles.load(Kind.TEST), database=name, side=prefix)

    @contextmanager
    def _at_rest(self, side: SideOfShop) -> Iterator[None]:
        """Nobody is connected to the side's database."""
        for process in [name for name in self.shop.processes if name.startswith(side.name)]:
            self.shop.kill(process)
        _as_superuser(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}",
            sql.Literal(side.database),
        )
        yield
        self.up()

    def on_queue(self, act: Callable[[Any], object]) -> None:
        with connect_broker(self.shop.monolith.amqp_url) as broker, broker.channel() as channel:
            act(channel)


def _released(hand: Hand) -> bool:
    # Strangler may have died before or after its release; here it is after.
    if hand.ownership(DOMAIN).mode == "OWNER":
        hand.release(DOMAIN, epoch=1, lock_timeout_ms=500)
    return True


def set_search_path(side: SideOfShop, *schemas: str) -> None:
    """Let whoever connects from now on look into these schemas, in this order."""
    places = ", ".join(["{}"] * len(schemas))
    _as_superuser(f"ALTER DATABASE {{}} SET search_path = {places}", side.database, *schemas)


def _as_superuser(statement: str, *names: str | sql.Literal) -> None:
    parts = [sql.Identifier(name) if isinstance(name, str) else name for name in names]
    with roles.superuser(profiles.load(Kind.TEST)) as connection:
        connection.execute(sql.SQL(statement).format(*parts))


@pytest.fixture
def stage(shop: Shop, tmp_path: Path) -> Iterator[Stage]:
    with (
        proxy_to(shop.monolith.amqp_url) as broker,
        proxy_to(shop.service.urls["operator"]) as database,
    ):
        for side in (shop.monolith, shop.service):
            side.amqp_url = broker.url(side.amqp_url)
        urls = shop.service.urls
        urls |= {role: database.url(urls[role]) for role in ("operator", "relay", "applier")}
        with walking(shop, tmp_path) as walkable:
            plan = walkable.folder / f"{DOMAIN}.yaml"
            text = plan.read_text().replace("tries: 10", "tries: 3")
            # Our writers hold a release back for as long as a scene takes.
            text = text.replace("transaction_s: 5", "transaction_s: 60")
            plan.write_text(f"{text}\nretire: {{quiet_s: 1, dumps: {tmp_path}}}\n")
            walkable.run("advance", DOMAIN)
            walkable.compare_reads()
            walkable.run("advance", DOMAIN, "--to", "canary-100")
            stage = Stage(walkable, broker, database)
            for number in range(3):
                stage.write(f"before {number}")
            with stage.held:
                yield stage
        # Before the proxies go: nobody should be left knocking.
        shop.stop()


@pytest.fixture
def reader(stage: Stage, servers: dict[str, str]) -> Reader:
    monolith, service = stage.shop.monolith.urls, stage.shop.service.urls
    variables = {
        "STRANGLER_MONOLITH_DATABASE_URL": monolith["operator"],
        "STRANGLER_CATALOG_DATABASE_URL": service["operator"],
        "MONOLITH_OWNER_DATABASE_URL": monolith["owner"],
        "CATALOG_OWNER_DATABASE_URL": service["owner"],
        "CATALOG_APPLIER_DATABASE_URL": service["applier"],
        "STRANGLER_DUMPS": str(stage.walkable.folder),
        "AMQP_MANAGEMENT_URL": servers["AMQP_MANAGEMENT_URL"],
    }
    vhost = urlsplit(stage.shop.monolith.amqp_url).path.strip("/")
    return Reader(stage.walkable, stage.up, variables, vhost)
