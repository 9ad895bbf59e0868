"""The database is asked for what it holds, once nothing is on its way any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from uuid import uuid4

import psycopg
import pytest

from loadtests.evidence import DomainEvidence
from loadtests.ledger import Intent, Kind, Outcome
from loadtests.places import DOMAINS
from loadtests.verdict import judge
from loadtests.witness import Database, Unreachable, hear
from stack import testing

TABLES = """
CREATE TABLE {rows} (id uuid PRIMARY KEY, {mark} text, version bigint NOT NULL);
CREATE TABLE {commands} (
    key uuid PRIMARY KEY, aggregate_id uuid NOT NULL, version bigint NOT NULL,
    status integer NOT NULL
);
GRANT SELECT ON {rows}, {commands} TO auditor;
"""
UNDERTAKINGS = """
CREATE TABLE orders_checkout (
    id uuid PRIMARY KEY, order_id uuid NOT NULL, step text NOT NULL, customer_id uuid
);
CREATE TABLE orders_refund (LIKE orders_checkout);
CREATE TABLE orders_cart (customer_id uuid PRIMARY KEY, version bigint NOT NULL);
GRANT SELECT ON orders_checkout, orders_refund, orders_cart TO auditor;
"""
TWO_DOMAINS = {name: DOMAINS[name] for name in ("catalog", "orders")}


class Scene:
    """A database that holds one product, made by one command."""

    def __init__(self, urls: dict[str, str]) -> None:
        self.owner = urls["MONOLITH_OWNER_DATABASE_URL"]
        self.database = Database.of_environment(urls, domains=TWO_DOMAINS)
        self.key, self.product = uuid4(), uuid4()

    def install(self) -> None:
        for name, mark in (("catalog_product", "sku"), ("orders_order", "client_reference")):
            commands = f"{name.partition('_')[0]}_command"
            self.do(TABLES.format(rows=name, commands=commands, mark=mark))
        self.do(UNDERTAKINGS)
        self.do(f"INSERT INTO catalog_product VALUES ('{self.product}', 'LT-1', 1)")
        self.do(f"INSERT INTO catalog_command VALUES ('{self.key}', '{self.product}', 1, 201)")

    def buy(self, *, version: int, step: str = "done") -> None:
        """Let a checkout place an order, which has come to a version, and answer its command."""
        order, answered = uuid4(), 2
        self.do(f"INSERT INTO orders_order VALUES ('{order}', NULL, {version})")
        self.do(f"INSERT INTO orders_checkout VALUES ('{uuid4()}', '{order}', '{step}')")
        if step == "done":
            self.do(f"INSERT INTO orders_command VALUES ('{uuid4()}', '{order}', {answered}, 201)")

    def fill_a_cart(self, *, version: int, steps: Sequence[str]) -> Intent:
        """Let somebody fill a cart by one command, and check it out so many times."""
        buyer, key = uuid4(), uuid4()
        self.do(f"INSERT INTO orders_cart VALUES ('{buyer}', {version})")
        self.do(f"INSERT INTO orders_command VALUES ('{key}', '{buyer}', 1, 200)")
        for step in steps:
            self.do(
                f"INSERT INTO orders_checkout VALUES ('{uuid4()}', '{uuid4()}', '{step}', '{buyer}')"
            )
        return Intent(
            key=str(key),
            kind=Kind.CART_CHANGE,
            outcome=Outcome.OK,
            aggregate=str(buyer),
            version=1,
            status=200,
            served_by="monolith",
        )

    def do(self, statement: str) -> None:
        with psycopg.connect(self.owner, autocommit=True) as connection:
            connection.execute(statement.encode())

    def hear(self, *, settle_s: float = 0.5) -> tuple[DomainEvidence, DomainEvidence]:
        catalog, orders = hear(self.database, settle_s=settle_s)
        return catalog, orders

    def intent(self) -> Intent:
        return Intent(
            key=str(self.key),
            kind=Kind.PRODUCT_CREATE,
            outcome=Outcome.OK,
            mark="LT-1",
            aggregate=str(self.product),
            version=1,
            status=201,
            served_by="monolith",
        )


@pytest.fixture
def scene(servers: dict[str, str]) -> Iterator[Scene]:
    with testing.scratch_database("monolith") as urls:
        scene = Scene(urls)
        scene.install()
        yield scene


def test_the_auditor_sees_rows_and_commands(scene: Scene) -> None:
    catalog, _ = scene.hear()

    assert catalog.unsettled == ()
    assert [row.mark for row in catalog.rows] == ["LT-1"]
    assert judge([scene.intent()], [catalog]).clean


def test_a_row_that_is_gone_from_the_database_is_a_lost_write(scene: Scene) -> None:
    scene.do("DELETE FROM catalog_product")

    catalog, _ = scene.hear()

    assert len(judge([scene.intent()], [catalog]).lost) == 1


@pytest.mark.parametrize(("step", "right"), [("done", 2), ("failed", 2), ("confirmed", 1)])
def test_versions_that_a_checkout_made_are_explained(scene: Scene, step: str, right: int) -> None:
    scene.buy(step=step, version=right)
    assert judge([], [scene.hear()[1]]).doubled == ()

    scene.buy(step=step, version=right + 1)
    (finding,) = judge([], [scene.hear()[1]]).doubled
    assert finding.detail == f"version {right + 1}, explained are {right}"


@pytest.mark.parametrize(
    ("steps", "right"),
    [((), 1), (("done",), 2), (("done", "failed"), 4), (("begun",), 2)],
    ids=["filled", "bought", "bought and given back", "taken"],
)
def test_versions_that_checkouts_made_of_a_cart_are_explained(
    scene: Scene, steps: Sequence[str], right: int
) -> None:
    fine = scene.fill_a_cart(version=right, steps=steps)
    assert not judge([fine], [scene.hear()[1]]).doubled

    twice = scene.fill_a_cart(version=right + 1, steps=steps)
    [finding] = judge([fine, twice], [scene.hear()[1]]).doubled
    assert finding.detail == f"version {right + 1}, explained are {right}"


def test_an_acknowledged_change_of_a_cart_is_missed(scene: Scene) -> None:
    intent = scene.fill_a_cart(version=1, steps=())
    verdict = judge([intent], [scene.hear()[1]])
    assert (verdict.acknowledged, verdict.unjudged, verdict.lost) == (1, 0, ())

    scene.do("UPDATE orders_cart SET version = 0")
    [stale] = judge([intent], [scene.hear()[1]]).lost
    assert stale.detail == "cart.change: version 1 was shown, the row has only 0"

    scene.do("DELETE FROM orders_cart")
    [gone] = judge([intent], [scene.hear()[1]]).lost
    assert gone.detail == "cart.change: its row is missing"

    scene.do("DELETE FROM orders_command")
    [unknown] = judge([intent], [scene.hear()[1]]).lost
    assert unknown.detail == "cart.change: there is no record of the command"


def test_an_open_checkout_is_on_its_way(scene: Scene) -> None:
    scene.buy(step="placed", version=1)
    assert scene.hear()[1].unsettled == ("1 checkouts are under way",)


def test_it_waits_for_a_checkout_to_come_to_its_end(scene: Scene) -> None:
    scene.buy(step="placed", version=1)
    ended = threading.Timer(0.3, scene.do, ("UPDATE orders_checkout SET step = 'failed'",))
    ended.start()

    _, orders = scene.hear(settle_s=20)

    ended.join()
    assert orders.unsettled == ()


def test_a_missing_address_is_named() -> None:
    with pytest.raises(Unreachable, match="AUDITOR_MONOLITH_DATABASE_URL not set"):
        Database.of_environment({})


def test_a_database_that_does_not_answer_is_named() -> None:
    nobody = Database("postgresql://auditor@127.0.0.1:1/monolith", TWO_DOMAINS)

    with pytest.raises(Unreachable, match="did not answer"):
        hear(nobody, settle_s=0)
