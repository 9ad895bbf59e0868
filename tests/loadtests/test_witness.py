"""Both databases are asked for what they hold, once nothing is on its way any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from uuid import uuid4

import psycopg
import pytest

from handover import Domain, Roles, installation_sql, registration_sql
from loadtests.evidence import MONOLITH, SERVICE, DomainEvidence
from loadtests.ledger import Intent, Kind, Outcome
from loadtests.places import DOMAINS
from loadtests.verdict import judge
from loadtests.witness import Databases, Unreachable, hear
from stack import testing

TABLES = """
CREATE SCHEMA IF NOT EXISTS {schema};
GRANT USAGE ON SCHEMA {schema} TO auditor;
CREATE TABLE {rows} (id uuid PRIMARY KEY, {mark} text, version bigint NOT NULL);
CREATE TABLE {commands} (
    key uuid PRIMARY KEY, aggregate_id uuid NOT NULL, version bigint NOT NULL,
    status integer NOT NULL, epoch bigint NOT NULL, side text NOT NULL
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
PLACES = {
    "catalog_product": ("public", "catalog_product", "catalog_command", "sku"),
    "orders_order": ("public", "orders_order", "orders_command", "client_reference"),
    "catalog.product": ("catalog", "catalog.product", "catalog.command", "sku"),
}


# One with two copies, and one that nobody has prepared for a move.
TWO_DOMAINS = {
    "catalog": DOMAINS["catalog"],
    "orders": {MONOLITH: DOMAINS["orders"][MONOLITH]},
}


class Scene:
    """Two databases that hold one product each, made by one command of the monolith."""

    def __init__(self, urls: dict[str, str]) -> None:
        self.owners = {
            MONOLITH: urls["MONOLITH_OWNER_DATABASE_URL"],
            SERVICE: urls["CATALOG_OWNER_DATABASE_URL"],
        }
        self.databases = Databases.of_environment(urls, domains=TWO_DOMAINS)
        self.key, self.product = uuid4(), uuid4()

    def install(self) -> None:
        for side, prefix, tables in (
            (MONOLITH, "monolith", ("catalog_product", "orders_order")),
            (SERVICE, "catalog", ("catalog.product",)),
        ):
            roles = Roles(
                owner=f"{prefix}_owner",
                app=f"{prefix}_app",
                relay=f"{prefix}_relay",
                applier=f"{prefix}_applier",
            )
            self.on(side, installation_sql(side=side, roles=roles))  # type: ignore[arg-type]
            for table in tables:
                schema, rows, commands, mark = PLACES[table]
                self.on(side, TABLES.format(schema=schema, rows=rows, commands=commands, mark=mark))
            if side == MONOLITH:
                self.on(side, UNDERTAKINGS)
            domain = Domain(
                name="catalog",
                mode="OWNER" if side == MONOLITH else "REPLICA",
                capture=side == MONOLITH,
                receiver="service" if side == MONOLITH else "monolith",
            )
            self.on(side, registration_sql(domain, roles=roles))
            self.make_product(side, tables[0])

    def make_product(self, side: str, table: str) -> None:
        _, rows, commands, _ = PLACES[table]
        self.on(side, f"INSERT INTO {rows} VALUES ('{self.product}', 'LT-1', 1)")
        self.on(
            side,
            f"INSERT INTO {commands} VALUES"
            f" ('{self.key}', '{self.product}', 1, 201, 1, 'monolith')",
        )

    def buy(self, *, version: int, step: str = "done") -> None:
        """Let a checkout place an order, which has come to a version, and answer its command."""
        order, answered = uuid4(), 2
        self.on(MONOLITH, f"INSERT INTO orders_order VALUES ('{order}', NULL, {version})")
        self.on(MONOLITH, f"INSERT INTO orders_checkout VALUES ('{uuid4()}', '{order}', '{step}')")
        if step == "done":
            self.on(
                MONOLITH,
                f"INSERT INTO orders_command VALUES"
                f" ('{uuid4()}', '{order}', {answered}, 201, 1, 'monolith')",
            )

    def fill_a_cart(self, *, version: int, steps: Sequence[str]) -> Intent:
        """Let somebody fill a cart by one command, and check it out so many times."""
        buyer, key = uuid4(), uuid4()
        self.on(MONOLITH, f"INSERT INTO orders_cart VALUES ('{buyer}', {version})")
        self.on(
            MONOLITH,
            f"INSERT INTO orders_command VALUES ('{key}', '{buyer}', 1, 200, 1, 'monolith')",
        )
        for step in steps:
            self.on(
                MONOLITH,
                f"INSERT INTO orders_checkout VALUES ('{uuid4()}', '{uuid4()}', '{step}', '{buyer}')",
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

    def on(self, side: str, statement: str) -> None:
        with psycopg.connect(self.owners[side], autocommit=True) as connection:
            connection.execute(statement.encode())

    def hear(self, *, settle_s: float = 0.5) -> DomainEvidence:
        (catalog, _) = hear(self.databases, settle_s=settle_s)
        return catalog

    def hear_of_orders(self) -> DomainEvidence:
        (_, orders) = hear(self.databases, settle_s=0.5)
        return orders

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
    with ExitStack() as stack:
        urls = dict(servers)
        for side in ("monolith", "catalog"):
            urls |= stack.enter_context(testing.scratch_database(side))
        scene = Scene(urls)
        scene.install()
        yield scene


def test_the_auditor_sees_rows_commands_and_owners(scene: Scene) -> None:
    evidence = scene.hear()

    assert evidence.unsettled == ()
    assert evidence.owners == (MONOLITH,)
    assert evidence.copies[MONOLITH].followed
    assert evidence.copies[SERVICE].rows == evidence.copies[MONOLITH].rows
    assert judge([scene.intent()], [evidence]).clean


@pytest.mark.parametrize(
    ("stage", "history", "is_copied"),
    [
        pytest.param("monolith", None, False, id="captured, and nobody has copied"),
        pytest.param("monolith", "NULL", False, id="being copied"),
        pytest.param("monolith", "now()", True, id="copied, and not yet placed"),
        pytest.param("shadow", None, True, id="placed"),
    ],
)
def test_only_where_history_was_copied_is_there_a_copy_to_judge(
    scene: Scene, stage: str, history: str | None, is_copied: bool
) -> None:
    scene.on(SERVICE, "DELETE FROM catalog.product")
    scene.on(MONOLITH, f"INSERT INTO handover.seam VALUES ('catalog', '{stage}')")
    entity = "'catalog', 'product', 1, 'public.catalog_product'"
    scene.on(
        MONOLITH,
        f"INSERT INTO handover.entity (domain, name, position, table_name) VALUES ({entity})",
    )
    if history:
        copied = f"'catalog', 'product', {history}"
        scene.on(
            MONOLITH,
            f"INSERT INTO handover.backfill (domain, entity, finished_at) VALUES ({copied})",
        )

    verdict = judge([scene.intent()], [scene.hear()])

    assert bool(verdict.unequal) is is_copied


def test_a_row_that_is_gone_from_the_database_is_a_lost_write(scene: Scene) -> None:
    scene.on(MONOLITH, "DELETE FROM catalog_product")

    verdict = judge([scene.intent()], [scene.hear()])

    assert len(verdict.lost) == 1
    assert len(verdict.unequal) == 1


def test_an_unapplied_fact_is_reported_after_the_wait(scene: Scene) -> None:
    scene.on(MONOLITH, "UPDATE handover.stream SET last_sequence = 12")

    assert scene.hear().unsettled == ("the monolith has sent 12, its peer has applied 0",)


def test_it_waits_for_the_stream_to_come_to_rest(scene: Scene) -> None:
    scene.on(MONOLITH, "UPDATE handover.stream SET last_sequence = 12")
    applied = threading.Timer(
        0.3, scene.on, (SERVICE, "UPDATE handover.inbox SET last_sequence = 12")
    )
    applied.start()

    evidence = scene.hear(settle_s=20)

    applied.join()
    assert evidence.unsettled == ()


def test_an_unpublished_fact_is_on_its_way(scene: Scene) -> None:
    scene.on(
        MONOLITH,
        "INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload)"
        " VALUES ('catalog', 'fact', 'product_created', 'x', 1, '{}')",
    )

    assert scene.hear().unsettled == ("1 facts of the monolith are not published",)


@pytest.mark.parametrize(("step", "right"), [("done", 2), ("failed", 2), ("confirmed", 1)])
def test_versions_that_a_checkout_made_are_explained(scene: Scene, step: str, right: int) -> None:
    scene.buy(step=step, version=right)
    assert judge([], [scene.hear_of_orders()]).doubled == ()

    scene.buy(step=step, version=right + 1)
    (finding,) = judge([], [scene.hear_of_orders()]).doubled
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
    assert not judge([fine], [scene.hear_of_orders()]).doubled

    twice = scene.fill_a_cart(version=right + 1, steps=steps)
    [finding] = judge([fine, twice], [scene.hear_of_orders()]).doubled
    assert finding.detail == f"version {right + 1}, explained are {right}"


def test_an_acknowledged_change_of_a_cart_is_missed(scene: Scene) -> None:
    intent = scene.fill_a_cart(version=1, steps=())
    verdict = judge([intent], [scene.hear_of_orders()])
    assert (verdict.acknowledged, verdict.unjudged, verdict.lost) == (1, 0, ())

    scene.on(MONOLITH, "UPDATE orders_cart SET version = 0")
    [stale] = judge([intent], [scene.hear_of_orders()]).lost
    assert stale.detail == "cart.change: version 1 was shown, the row has only 0"

    scene.on(MONOLITH, "DELETE FROM orders_cart")
    [gone] = judge([intent], [scene.hear_of_orders()]).lost
    assert gone.detail == "cart.change: its row is missing"

    scene.on(MONOLITH, "DELETE FROM orders_command")
    [unknown] = judge([intent], [scene.hear_of_orders()]).lost
    assert unknown.detail == "cart.change: the owner has no record of the command"


def test_an_open_checkout_is_on_its_way(scene: Scene) -> None:
    scene.buy(step="placed", version=1)
    assert scene.hear_of_orders().unsettled == ("1 checkouts are under way at the monolith",)


def test_a_missing_address_is_named() -> None:
    with pytest.raises(Unreachable, match="AUDITOR_CATALOG_DATABASE_URL not set"):
        Databases.of_environment({"AUDITOR_MONOLITH_DATABASE_URL": "x"}, domains=TWO_DOMAINS)


def test_a_database_that_does_not_answer_is_named() -> None:
    nobody = "postgresql://auditor@127.0.0.1:1/monolith"

    with pytest.raises(Unreachable, match="did not answer"):
        hear(Databases({MONOLITH: nobody, "catalog": nobody}, TWO_DOMAINS), settle_s=0)
