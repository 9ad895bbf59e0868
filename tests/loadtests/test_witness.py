"""The auditor looks into real databases of services, and waits until they have come to rest."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from loadtests.evidence import DomainEvidence
from loadtests.hearing import judge_run
from loadtests.ledger import Intent, Kind, Ledger, Outcome
from loadtests.places import DOMAINS
from loadtests.verdict import judge
from loadtests.witness import Databases, Unreachable, hear
from stack import testing

PRODUCT = """
INSERT INTO catalog.product (id, sku, name, description, category_id, amount, currency)
    VALUES ('{id}', 'LT-1', 'P', '', '{id}', 100, 'EUR');
INSERT INTO catalog.command (key, request_hash, aggregate_id, version, status, epoch, side)
    VALUES ('{key}', '', '{id}', 1, 201, 2, 'service');
"""
ORDER = """
INSERT INTO orders.purchase (id, customer_id, status, total_amount, total_currency, version,
    placed_at, updated_at, lines) VALUES ('{id}', '{id}', 'paid', 1, 'EUR', {version}, now(), now(), '[]');
"""
CHECKOUT = """
INSERT INTO orders.checkout (id, key, request_hash, order_id, payment_id, reservation_id, step,
    leased_until, customer_id, card_token, lines, total_amount, total_currency)
    VALUES ('{key}', '{key}', '', '{id}', '{id}', '{id}', '{step}', now(), '{buyer}', 'x', '[]', 1, 'EUR');
"""
COMMAND = """
INSERT INTO orders.command (key, request_hash, aggregate_id, version, status, epoch, side)
    VALUES ('{key}', '', '{id}', {version}, {status}, 2, 'service');
"""
UNPUBLISHED = """
INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload)
    VALUES ('catalog', 'fact', 'product_created', 'x', 2, '{}');
"""


class Scene:
    """The databases of all services, one product in them."""

    def __init__(self, urls: dict[str, str]) -> None:
        self.urls = urls
        self.databases = Databases.of_environment(urls)
        self.key, self.product = uuid4(), uuid4()
        self.on("catalog", PRODUCT.format(id=self.product, key=self.key))

    def on(self, domain: str, statement: str) -> None:
        url = self.urls[f"{domain.upper()}_OWNER_DATABASE_URL"]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def buy(self, *, version: int, step: str = "done") -> None:
        """Let a checkout place an order, which has come to a version, and answer its command."""
        order = uuid4()
        ids = {"id": order, "key": uuid4(), "buyer": order, "version": version, "step": step}
        self.on("orders", (ORDER + CHECKOUT).format(**ids))
        if step == "done":
            self.on("orders", COMMAND.format(key=uuid4(), id=order, version=2, status=201))

    def fill_a_cart(self, *, version: int, steps: Sequence[str]) -> Intent:
        """Let somebody fill a cart by one command, and check it out so many times."""
        buyer, key = uuid4(), uuid4()
        self.on(
            "orders",
            f"INSERT INTO orders.cart (customer_id, version) VALUES ('{buyer}', {version});"
            + COMMAND.format(key=key, id=buyer, version=1, status=200),
        )
        for step in steps:
            self.on("orders", CHECKOUT.format(key=uuid4(), id=uuid4(), step=step, buyer=buyer))
        return Intent(
            key=str(key),
            kind=Kind.CART_CHANGE,
            outcome=Outcome.OK,
            aggregate=str(buyer),
            version=1,
            status=200,
            served_by="orders",
        )

    def hear(self, domain: str = "catalog", *, settle_s: float = 0.5) -> DomainEvidence:
        found = {case.domain: case for case in hear(self.databases, settle_s=settle_s)}
        return found[domain]

    def intent(self) -> Intent:
        return Intent(
            key=str(self.key),
            kind=Kind.PRODUCT_CREATE,
            outcome=Outcome.OK,
            mark="LT-1",
            aggregate=str(self.product),
            version=1,
            status=201,
            served_by="catalog",
        )


@pytest.fixture(scope="module")
def urls(servers: dict[str, str]) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        urls: dict[str, str] = {}
        for domain in DOMAINS:
            urls |= stack.enter_context(testing.scratch_database(domain))
            migrate = importlib.import_module(f"extracted.{domain}.migrate").migrate
            migrate(urls[f"{domain.upper()}_OWNER_DATABASE_URL"])
        yield urls


@pytest.fixture
def scene(urls: dict[str, str]) -> Iterator[Scene]:
    scene = Scene(urls)
    yield scene
    scene.on("catalog", "TRUNCATE catalog.product, catalog.command, handover.outbox")
    scene.on("orders", "TRUNCATE orders.cart, orders.purchase, orders.checkout, orders.command")


def test_the_auditor_sees_rows_commands_and_who_owns(scene: Scene) -> None:
    evidence = scene.hear()

    assert evidence.unsettled == ()
    assert (evidence.copy.mode, evidence.copy.epoch) == ("OWNER", 2)
    assert [row.mark for row in evidence.copy.rows] == ["LT-1"]
    assert judge([scene.intent()], [evidence]).clean


def test_a_row_that_is_gone_from_the_database_is_a_lost_write(scene: Scene) -> None:
    scene.on("catalog", "DELETE FROM catalog.product")

    assert len(judge([scene.intent()], [scene.hear()]).lost) == 1


def test_a_run_is_judged_by_all_services(scene: Scene, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    with Ledger(ledger) as notes:
        notes.sent(scene.intent(), attempt=1)
        notes.ok(
            str(scene.key), aggregate=str(scene.product), version=1, status=201, served_by="catalog"
        )
    verdict = judge_run(ledger, scene.urls, settle_s=0)
    assert verdict.clean, verdict.wrongs

    scene.buy(version=2)
    verdict = judge_run(ledger, scene.urls, settle_s=0)
    assert [finding.detail for finding in verdict.money] == [
        "the purchase is captured, and its payment unknown"
    ]


def test_an_unpublished_fact_is_on_its_way(scene: Scene) -> None:
    scene.on("catalog", UNPUBLISHED)

    assert scene.hear().unsettled == ("1 facts are not published",)


def test_it_waits_for_the_outbox_to_come_to_rest(scene: Scene) -> None:
    scene.on("catalog", UNPUBLISHED)
    published = threading.Timer(
        0.3, scene.on, ("catalog", "UPDATE handover.outbox SET published_at = now()")
    )
    published.start()

    evidence = scene.hear(settle_s=20)

    published.join()
    assert evidence.unsettled == ()


@pytest.mark.parametrize(("step", "right"), [("done", 2), ("failed", 2), ("confirmed", 1)])
def test_versions_that_a_checkout_made_are_explained(scene: Scene, step: str, right: int) -> None:
    scene.buy(step=step, version=right)
    assert judge([], [scene.hear("orders")]).doubled == ()

    scene.buy(step=step, version=right + 1)
    (finding,) = judge([], [scene.hear("orders")]).doubled
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
    assert not judge([fine], [scene.hear("orders")]).doubled

    twice = scene.fill_a_cart(version=right + 1, steps=steps)
    [finding] = judge([fine, twice], [scene.hear("orders")]).doubled
    assert finding.detail == f"version {right + 1}, explained are {right}"


def test_an_acknowledged_change_of_a_cart_is_missed(scene: Scene) -> None:
    intent = scene.fill_a_cart(version=1, steps=())
    verdict = judge([intent], [scene.hear("orders")])
    assert (verdict.acknowledged, verdict.unjudged, verdict.lost) == (1, 0, ())

    scene.on("orders", "UPDATE orders.cart SET version = 0")
    [stale] = judge([intent], [scene.hear("orders")]).lost
    assert stale.detail == "cart.change: version 1 was shown, the row has only 0"

    scene.on("orders", "DELETE FROM orders.cart")
    [gone] = judge([intent], [scene.hear("orders")]).lost
    assert gone.detail == "cart.change: its row is missing"

    scene.on("orders", "DELETE FROM orders.command")
    [unknown] = judge([intent], [scene.hear("orders")]).lost
    assert unknown.detail == "cart.change: the owner has no record of the command"


def test_an_open_checkout_is_on_its_way(scene: Scene) -> None:
    scene.buy(step="placed", version=1)
    assert scene.hear("orders").unsettled == ("1 checkouts are under way",)


def test_a_missing_address_is_named() -> None:
    with pytest.raises(Unreachable, match=r"AUDITOR_INVENTORY_DATABASE_URL, .* not set"):
        Databases.of_environment({"AUDITOR_CATALOG_DATABASE_URL": "x"})


def test_a_database_that_does_not_answer_is_named() -> None:
    nobody = "postgresql://auditor@127.0.0.1:1/catalog"

    with pytest.raises(Unreachable, match="did not answer"):
        hear(Databases({"catalog": nobody}, {"catalog": DOMAINS["catalog"]}), settle_s=0)
