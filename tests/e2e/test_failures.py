"""What still works when something does not: a test per row of migration-plan/failures.md.

One of the processes is stopped, people go on, and it comes back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from stack import profile as profiles
from stack import programs
from tests.conftest import ROOT, System
from tests.signing_in import a_new_customer
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TEST = profiles.load(profiles.Kind.TEST)
UNANSWERED = {502, 503, 504}
FINISHED_WITHIN_S = 90.0


@dataclass
class Visitor:
    """Somebody with a cart and a card, the merchant and the clerk, through the gateway."""

    shop: httpx.Client
    merchant: httpx.Client
    clerk: httpx.Client
    customer: str
    product: str

    def sees(self, what: str) -> int:
        paths = {
            "the shelves": "/products?limit=1",
            "the stock": f"/stock/{self.product}",
            "the cart": f"/carts/{self.customer}",
            "the orders": f"/orders?customer_id={self.customer}",
            "the sales": "/reports/sales?since=2015-01-01&until=2100-01-01",
            "who it is": f"/customers/{self.customer}",
        }
        who = self.clerk if what == "the sales" else self.shop
        who.cookies.clear()
        return who.get(paths[what]).status_code

    def fills_the_cart(self) -> httpx.Response:
        path = f"/carts/{self.customer}/lines/{self.product}"
        return _send(self.shop, "PUT", path, {"quantity": 1})

    def checks_out(self) -> httpx.Response:
        card = {"card_token": "tok_approve"}
        return _send(self.shop, "POST", f"/carts/{self.customer}/checkout", card)

    def places_an_order(self) -> httpx.Response:
        line = {"product_id": self.product, "quantity": 1}
        order = {"customer_id": self.customer, "lines": [line]}
        return _send(self.shop, "POST", "/orders", order)

    def changes_a_product(self) -> httpx.Response:
        return _send(self.merchant, "PATCH", f"/products/{self.product}", {"description": "New."})

    def brings_goods(self) -> httpx.Response:
        warehouse = {"warehouse": "main", "change": 100, "reason": "received"}
        return _send(self.merchant, "POST", f"/stock/{self.product}/adjustments", warehouse)

    def is_finished(self, checkout: httpx.Response) -> bool:
        found = self.shop.get(f"/checkouts/{checkout.json()['id']}")
        return bool(found.status_code == 200 and found.json()["status"] == "done")


def _send(who: httpx.Client, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
    return who.request(method, path, json=body, headers={"Idempotency-Key": str(uuid4())})


@pytest.fixture
def visitor(system: System) -> Iterator[Visitor]:
    customer, who = a_new_customer(system.monolith)
    base = f"{system.gateway}/api/v1"
    with (
        httpx.Client(base_url=base, auth=who, timeout=20) as shop,
        httpx.Client(base_url=base, auth=system.signed_in("merchant"), timeout=20) as merchant,
        httpx.Client(base_url=base, auth=system.signed_in("clerk"), timeout=20) as clerk,
    ):
        product = shop.get("/products?limit=1").json()["items"][0]["id"]
        found = Visitor(shop, merchant, clerk, customer, product)
        assert found.brings_goods().status_code == 201
        yield found


@contextmanager
def dead(*names: str) -> Iterator[None]:
    for name in names:
        programs.stop(name, profile=TEST)
    try:
        yield
    finally:
        # Who was stopped last is needed first: nobody is ready without the broker.
        for name in reversed(names):
            programs.start(name, profile=TEST)


def until_seen(visitor: Visitor, what: str) -> None:
    """The gateway asks for health every second."""
    eventually(lambda: visitor.sees(what) == 200, what=f"{what} to be seen again")


def finishes(visitor: Visitor, checkout: httpx.Response) -> None:
    eventually(
        lambda: visitor.is_finished(checkout),
        what=f"checkout {checkout.json()['id']} to be done",
        timeout_s=FINISHED_WITHIN_S,
    )


def test_with_orders_dead_people_browse_and_merchants_work(visitor: Visitor) -> None:
    placed = visitor.places_an_order()
    assert placed.status_code == 201, placed.text
    with dead("orders-1", "orders-2"):
        eventually(lambda: visitor.sees("the orders") in UNANSWERED, what="orders to be missed")
        assert {visitor.sees(what) for what in ("the shelves", "the stock", "who it is")} == {200}
        assert visitor.changes_a_product().status_code == 200
        assert visitor.brings_goods().status_code == 201
    until_seen(visitor, "the orders")
    assert visitor.shop.get(f"/orders/{placed.json()['id']}").json() == placed.json()


def test_with_catalog_dead_people_see_stock_and_orders(visitor: Visitor) -> None:
    assert visitor.fills_the_cart().status_code == 200
    with dead("catalog-1", "catalog-2"):
        eventually(lambda: visitor.sees("the shelves") in UNANSWERED, what="catalog to be missed")
        assert {visitor.sees(what) for what in ("the stock", "the orders", "who it is")} == {200}
        # What there is, and what it costs now, is asked of nobody else.
        assert visitor.brings_goods().status_code == 503
        assert visitor.sees("the cart") == 503
        tried = (visitor.fills_the_cart(), visitor.places_an_order(), visitor.checks_out())
        assert [answer.status_code for answer in tried] == [503, 503, 503]
    until_seen(visitor, "the shelves")
    until_seen(visitor, "the cart")
    assert visitor.checks_out().status_code == 201


@pytest.mark.parametrize("service", ["inventory", "payments"])
def test_a_checkout_waits_for_who_is_dead_and_is_finished_then(
    visitor: Visitor, service: str
) -> None:
    assert visitor.fills_the_cart().status_code == 200
    with dead(f"{service}-1", f"{service}-2"):
        checkout = visitor.checks_out()
        assert checkout.status_code == 202, checkout.text
        assert {visitor.sees(what) for what in ("the shelves", "the cart", "the orders")} == {200}
        assert visitor.fills_the_cart().status_code == 200
        assert visitor.places_an_order().status_code == 201
        if service == "payments":
            assert visitor.sees("the stock") == 200
    finishes(visitor, checkout)


def test_with_notifications_dead_people_buy_and_the_mails_follow(visitor: Visitor) -> None:
    processes = [f"notifications-{role}" for role in ("events", "relay", "chores")]
    with dead(*processes):
        assert visitor.fills_the_cart().status_code == 200
        bought = visitor.checks_out()
        assert bought.status_code == 201, bought.text
    mails = f"/orders/{bought.json()['id']}/mails"
    eventually(
        lambda: (
            {mail["status"] for mail in visitor.shop.get(mails).json()["items"] if mail["sent_at"]}
            >= {"placed", "paid"}
        ),
        what="both mails",
        timeout_s=FINISHED_WITHIN_S,
    )


def test_with_the_broker_dead_people_browse_and_order(visitor: Visitor) -> None:
    assert visitor.fills_the_cart().status_code == 200
    with dead("rabbitmq"):
        seen = ("the shelves", "the stock", "the cart", "the orders", "who it is")
        assert {what: visitor.sees(what) for what in seen} == dict.fromkeys(seen, 200)
        # Reports ask over RPC, and there is no other copy.
        assert visitor.sees("the sales") in UNANSWERED
        assert visitor.changes_a_product().status_code == 200
        assert visitor.brings_goods().status_code == 201
        assert visitor.places_an_order().status_code == 201
        checkout = visitor.checks_out()
        assert checkout.status_code == 202, checkout.text
    finishes(visitor, checkout)


def test_with_the_bank_dead_a_checkout_waits_for_it(visitor: Visitor) -> None:
    assert visitor.fills_the_cart().status_code == 200
    with dead("bank"):
        checkout = visitor.checks_out()
        assert checkout.status_code == 202, checkout.text
        assert visitor.sees("the orders") == 200
    finishes(visitor, checkout)


@pytest.mark.parametrize("service", ["catalog", "inventory", "payments", "orders"])
def test_with_one_instance_dead_people_miss_nothing(visitor: Visitor, service: str) -> None:
    with dead(f"{service}-1"):
        # The health checks need a moment; a read is tried at the other instance meanwhile.
        seen = ("the shelves", "the stock", "the cart", "the orders")
        for what in seen:
            until_seen(visitor, what)
        assert visitor.fills_the_cart().status_code == 200
        assert visitor.checks_out().status_code == 201


def test_the_monolith_takes_what_it_owns_with_all_services_and_the_broker_dead(
    visitor: Visitor, system: System
) -> None:
    instances = [
        f"{name}-{n}" for name in ("catalog", "inventory", "payments", "orders") for n in (1, 2)
    ]
    with dead(*instances, "rabbitmq"):
        customer, who = a_new_customer(system.monolith)
        with httpx.Client(base_url=f"{system.gateway}/api/v1", auth=who, timeout=20) as newcomer:
            assert newcomer.get(f"/customers/{customer}").status_code == 200


def test_every_row_of_the_document_is_tried_here() -> None:
    here = Path(__file__).read_text()
    text = (ROOT / "migration-plan" / "failures.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("| ") and "dead |" not in line]
    assert len(lines) >= 8
    for line in lines:
        subject = line.split("|")[1].split("(")[0].strip(" `")
        words = subject.removeprefix("the ").removesuffix(" of a service").replace(" ", "_")
        assert words in here, line
