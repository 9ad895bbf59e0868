"""A seam whose connections can be cut and whose databases can be restored, at a position of its walk."""

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
from tests.migration_plan.runbook import Reader, Way
from tests.tcp_proxy import TcpProxy, proxy_to


@dataclass(slots=True)
class Stage:
    """A seam whose connections can be cut, which way its next move leads, and what was written to it."""

    walkable: Walkable
    broker: TcpProxy
    databases: dict[str, TcpProxy]
    way: Way = "forward"
    written: dict[UUID, str] = field(default_factory=dict)
    # What is put in the blanks of a command, and what happens before one types.
    blanks: dict[str, object] = field(default_factory=dict)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    held: ExitStack = field(default_factory=ExitStack)

    @property
    def shop(self) -> Shop:
        return self.walkable.shop

    @property
    def giver(self) -> SideOfShop:
        """Who owns the writes until the next move."""
        return self.shop.monolith if self.way == "forward" else self.shop.service

    @property
    def taker(self) -> SideOfShop:
        return self.shop.service if self.way == "forward" else self.shop.monolith

    @property
    def database(self) -> TcpProxy:
        """The way to the receiver's database."""
        return self.databases[self.taker.name]

    @property
    def verb(self) -> str:
        return "advance" if self.way == "forward" else "retreat"

    @property
    def goal(self) -> str:
        return "cutover" if self.way == "forward" else "canary-100"

    def write(self, label: str) -> UUID:
        key = uuid4()
        with self.giver.connect() as connection:
            self.giver.put(connection, key, label)
        self.written[key] = label
        return key

    def move(self) -> str:
        """Try, and return what was said."""
        process = self.walkable.start(self.verb, DOMAIN)
        out, err = process.communicate(timeout=90)
        assert process.returncode in {1, 2}, out + err
        return out + err

    def move_and(self, *happens: Callable[[], object]) -> Popen[str]:
        """Hold the release back by a writer; let things happen just before it."""
        with self.walkable.held_back(self.verb, giver=self.giver) as process:
            for each in happens:
                each()
        return process

    def said_by(self, process: Popen[str]) -> str:
        out, err = process.communicate(timeout=90)
        assert process.returncode == 1, out + err
        return out + err

    def release_and_die(self) -> None:
        """The token is written, strangler is dead, and the relay has not carried it."""
        self.move_and(lambda: self.shop.kill(f"{self.giver.name}-relay"), self._die)
        with self.giver.hand() as hand:
            wait_until(lambda: _released(hand), what="the release")
        self.meanwhile.append(self.up)

    def _die(self) -> None:
        self.walkable.kill(self.walkable.started[-1])

    def up(self) -> None:
        """What `python -m stack up` does: start what is not there."""
        self.broker.mend()
        for database in self.databases.values():
            database.mend()
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
    found = hand.ownership(DOMAIN)
    if found.mode == "OWNER":
        hand.release(DOMAIN, epoch=found.epoch, lock_timeout_ms=500)
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
def stage(request: pytest.FixtureRequest, shop: Shop, tmp_path: Path) -> Iterator[Stage]:
    """At canary-100, or at the position that a test names; from cutover on the way is that back."""
    with _proxied(shop) as (broker, databases):
        with walking(shop, tmp_path) as walkable:
            # Our writers hold a release back for as long as a scene takes.
            for words, others in (
                ("tries: 10", "tries: 3"),
                ("transaction_s: 5", "transaction_s: 60"),
            ):
                walkable.amend(words, others)
            walkable.amend("seam: shop", f"seam: shop\nretire: {{quiet_s: 1, dumps: {tmp_path}}}")
            position = getattr(request, "param", "canary-100")
            _walk(walkable, position)
            way: Way = "back" if position == "cutover" else "forward"
            stage = Stage(walkable, broker, databases, way)
            for number in range(3):
                stage.write(f"before {number}")
            with stage.held:
                yield stage
        # Before the proxies go: nobody should be left knocking.
        shop.stop()


def _walk(walkable: Walkable, position: str) -> None:
    if position == "monolith":
        return
    walkable.run("advance", DOMAIN)
    walkable.compare_reads()
    walkable.run("advance", DOMAIN, "--to", "canary-100")
    if position == "cutover":
        walkable.run("advance", DOMAIN)


@contextmanager
def _proxied(shop: Shop) -> Iterator[tuple[TcpProxy, dict[str, TcpProxy]]]:
    """All ways of a shop's processes, and of strangler, lead through proxies; an application's do not."""
    sides = (shop.monolith, shop.service)
    with ExitStack() as stack:
        broker = stack.enter_context(proxy_to(shop.monolith.amqp_url))
        databases = {}
        for side in sides:
            side.amqp_url = broker.url(side.amqp_url)
            database = stack.enter_context(proxy_to(side.urls["operator"]))
            side.urls |= {
                role: database.url(side.urls[role]) for role in ("operator", "relay", "applier")
            }
            databases[side.name] = database
        yield broker, databases


@pytest.fixture
def reader(stage: Stage, servers: dict[str, str]) -> Reader:
    monolith, service = stage.shop.monolith.urls, stage.shop.service.urls
    variables = {
        "STRANGLER_MONOLITH_DATABASE_URL": monolith["operator"],
        "STRANGLER_CATALOG_DATABASE_URL": service["operator"],
        "MONOLITH_OWNER_DATABASE_URL": monolith["owner"],
        "CATALOG_OWNER_DATABASE_URL": service["owner"],
        "MONOLITH_APPLIER_DATABASE_URL": monolith["applier"],
        "CATALOG_APPLIER_DATABASE_URL": service["applier"],
        "STRANGLER_DUMPS": str(stage.walkable.folder),
        "AMQP_MANAGEMENT_URL": servers["AMQP_MANAGEMENT_URL"],
    }
    vhost = urlsplit(stage.shop.monolith.amqp_url).path.strip("/")
    return Reader(stage.walkable, stage.up, variables, vhost)
