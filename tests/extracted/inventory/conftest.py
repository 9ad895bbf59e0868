"""An inventory that owns its writes: a database with two warehouses, a broker, neighbors to ask."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import psycopg
import pytest
from nameko.standalone.rpc import ServiceRpcProxy
from uuid_utils.compat import uuid7

from extracted.contracts.rpc import Reply
from extracted.inventory.migrate import migrate
from stack import testing
from tests.extracted.inventory.front import Front
from tests.extracted.running import Program, Start
from tests.extracted.test_auth import Issuer

SERVICE = ("-m", "extracted.inventory")
Ask = Callable[..., Reply]
Put = Callable[..., UUID]
Levels = Callable[[UUID], dict[str, tuple[int, int]]]


def own(connection: psycopg.Connection, *, mode: str, epoch: int = 2) -> None:
    connection.execute(
        "UPDATE handover.ownership SET mode = %s, epoch = %s, capture = %s",
        (mode, epoch, epoch == 2),
    )


@pytest.fixture(scope="module")
def home(servers: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """A migrated database of inventory of our own, which owns, with the warehouses north and south."""
    with testing.scratch_database("inventory") as variables:
        url = variables["INVENTORY_OWNER_DATABASE_URL"]
        migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            own(connection, mode="OWNER")
            connection.execute(
                "INSERT INTO inventory.warehouse (id, slug, name, position) VALUES "
                "(gen_random_uuid(), 'south', 'South', 2), (gen_random_uuid(), 'north', 'North', 1)"
            )
        yield variables


@pytest.fixture(scope="module")
def operator(home: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    """The owner of the schema, who may do what no program may."""
    with psycopg.connect(home["INVENTORY_OWNER_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """The monolith: it publishes keys, and takes the writes that are passed on to it."""
    issuer = Issuer()
    issuer.add("a")
    yield issuer
    issuer.shutdown()
    issuer.server_close()


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    front = Front()
    yield front
    front.close()


@pytest.fixture(scope="module")
def variables(
    home: Mapping[str, str], shared_vhost: str, issuer: Issuer, front: Front
) -> dict[str, str]:
    """What a process of this inventory is told."""
    neighbors = {"MONOLITH_URL": issuer.url, "SHOP_URL": front.url}
    return {**home, **neighbors, "AMQP_URL": shared_vhost, "AUTH_REQUIRED": "on"}


@pytest.fixture(scope="module")
def inventory(start: Start, variables: Mapping[str, str]) -> Iterator[Program]:
    """The inventory as the owner of its writes, with the switch of tokens on."""
    program = start(*SERVICE, "serve", **variables)
    yield program
    program.stop()


@pytest.fixture(scope="module")
def ask(inventory: Program, shared_vhost: str) -> Iterator[Ask]:
    """Ask over RPC, as the monolith does."""
    with ServiceRpcProxy("inventory", {"AMQP_URI": shared_vhost}, timeout=10) as proxy:

        def ask(method: str, **arguments: Any) -> Reply:
            return Reply.model_validate(getattr(proxy, method)(**arguments))

        yield ask


@pytest.fixture
def put(operator: psycopg.Connection, front: Front) -> Put:
    """Put so many of a new product into warehouses; returns the product's id."""

    def put(**counts: int) -> UUID:
        product_id = uuid7()
        front.known.add(str(product_id))
        for slug, count in counts.items():
            operator.execute(
                "INSERT INTO inventory.stock (id, product_id, warehouse_id, on_hand) SELECT "
                "gen_random_uuid(), %s, id, %s FROM inventory.warehouse WHERE slug = %s",
                (product_id, count, slug),
            )
        return product_id

    return put


@pytest.fixture
def levels(operator: psycopg.Connection) -> Levels:
    """Read on hand and reserved, by warehouse."""

    def levels(product_id: UUID) -> dict[str, tuple[int, int]]:
        rows = operator.execute(
            "SELECT w.slug, s.on_hand, s.reserved FROM inventory.stock s "
            "JOIN inventory.warehouse w ON w.id = s.warehouse_id WHERE s.product_id = %s",
            (product_id,),
        )
        return {slug: (on_hand, reserved) for slug, on_hand, reserved in rows}

    return levels


def lines(*wishes: tuple[UUID, int]) -> list[dict[str, Any]]:
    """Lines as they travel."""
    return [{"product_id": str(product_id), "quantity": count} for product_id, count in wishes]
