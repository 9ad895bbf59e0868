"""Orders that own their writes: a database, a broker, neighbors to ask, a gateway, an issuer of tokens."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from extracted.chassis.config import Settings
from extracted.chassis.database import Database
from extracted.orders.checking import differences
from tests.extracted.orders.asking import Buyer, Neighbors
from tests.extracted.orders.front import Front
from tests.extracted.orders.home import Home, opened
from tests.extracted.orders.scene import NEIGHBORS, SERVICE, Run, Scene
from tests.extracted.running import Program, Start, until
from tests.extracted.test_auth import Issuer


@pytest.fixture(scope="module")
def home(servers: Mapping[str, str]) -> Iterator[Home]:
    with opened() as home:
        yield home


@pytest.fixture
def readers(home: Home) -> Iterator[Database]:
    """What a process of the service holds, in this one."""
    settings = Settings(service="orders", database_url=home.url(), amqp_url="", port=1)
    database = Database(settings)
    database.open()
    yield database
    database.close()


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    front = Front()
    yield front
    front.close()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """The monolith: it publishes keys, and takes the writes that are passed on to it."""
    issuer = Issuer()
    issuer.add("a")
    yield issuer
    issuer.shutdown()
    issuer.server_close()


@pytest.fixture(scope="module")
def variables(home: Home, shared_vhost: str, issuer: Issuer, front: Front) -> dict[str, str]:
    """What a process of these orders is told."""
    neighbors = {"MONOLITH_URL": issuer.url, "SHOP_URL": front.url}
    return {**home.variables, **neighbors, "AMQP_URL": shared_vhost, "AUTH_REQUIRED": "on"}


@pytest.fixture
def run(start: Start, variables: Mapping[str, str]) -> Iterator[Run]:
    """Start a program of these orders, and see that it ends with the test."""
    programs: list[Program] = []

    def run(*arguments: str, is_awaited: bool = True, **changes: str) -> Program:
        programs.append(start(*arguments, is_awaited=is_awaited, **{**variables, **changes}))
        return programs[-1]

    yield run
    for program in programs:
        program.stop()


@pytest.fixture(scope="module")
def running_neighbors(start: Start, variables: Mapping[str, str]) -> Iterator[Neighbors]:
    program = start(NEIGHBORS, "inventory", "payments", "catalog", **variables)
    neighbors = Neighbors(program)
    until(lambda: neighbors.books["is_started"])
    yield neighbors
    program.stop()


@pytest.fixture
def neighbors(running_neighbors: Neighbors) -> Neighbors:
    running_neighbors.forget()
    return running_neighbors


@pytest.fixture(scope="module")
def service(start: Start, variables: Mapping[str, str]) -> Iterator[Program]:
    program = start(*SERVICE, "serve", **variables)
    yield program
    program.stop()


@pytest.fixture
def buyer(
    service: Program, neighbors: Neighbors, front: Front, issuer: Issuer, home: Home
) -> Iterator[Buyer]:
    """A new customer, and a new product that costs 12.50."""
    product, customer = front.add_product(), front.add_customer()
    neighbors.price(product, 1250)
    yield Buyer(service, issuer.token(sub=str(customer)), customer, product)
    front.is_away = False
    home.empty()


@pytest.fixture
def scene(
    buyer: Buyer, neighbors: Neighbors, home: Home, run: Run, tmp_path: Path
) -> Iterator[Scene]:
    """Whatever was killed: the events tell it all, nothing is left open, and no card is kept."""
    yield Scene(buyer, neighbors, home, run, tmp_path / "pid")
    assert differences(home.url("auditor")) == []
    assert {*home.rows("SELECT step, card_token FROM orders.checkout")} <= {
        ("done", ""),
        ("failed", ""),
    }
    assert {*home.rows("SELECT step FROM orders.refund")} <= {("done",)}
