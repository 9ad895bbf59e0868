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


def finishes(visitor: Visitor, checkout: httpx.Response) -> None:
    eventually(
        lambda: visitor.is_finished(checkout),
        what=f"checkout {checkout.json()['id']} to be done",
        timeout_s=FINISHED_WITHIN_S,
    )


def test_with_the_chores_dead_people_buy_and_the_mails_follow(visitor: Visitor) -> None:
    with dead("monolith-chores"):
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


def test_with_the_relay_dead_facts_wait_and_follow(system: System, visitor: Visitor) -> None:
    with dead("monolith-relay"):
        assert visitor.places_an_order().status_code == 201
        waiting = system.strangler("status", "orders")
        assert waiting["unpublished"] > 0
        assert not waiting["monolith"]["is_relay_at_work"]
    eventually(
        lambda: system.strangler("status", "orders")["unpublished"] == 0,
        what="the facts to be published",
        timeout_s=FINISHED_WITHIN_S,
    )


def test_with_the_broker_dead_people_browse_and_order(visitor: Visitor) -> None:
    assert visitor.fills_the_cart().status_code == 200
    with dead("rabbitmq"):
        seen = ("the shelves", "the stock", "the cart", "the orders", "the sales", "who it is")
        assert {what: visitor.sees(what) for what in seen} == dict.fromkeys(seen, 200)
        assert visitor.changes_a_product().status_code == 200
        assert visitor.brings_goods().status_code == 201
        assert visitor.places_an_order().status_code == 201
        assert visitor.checks_out().status_code == 201


def test_with_the_bank_dead_a_checkout_waits_for_it(visitor: Visitor) -> None:
    assert visitor.fills_the_cart().status_code == 200
    with dead("bank"):
        checkout = visitor.checks_out()
        assert checkout.status_code == 202, checkout.text
        assert visitor.sees("the orders") == 200
    finishes(visitor, checkout)


def test_every_row_of_the_document_is_tried_here() -> None:
    here = Path(__file__).read_text()
    text = (ROOT / "migration-plan" / "failures.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("| ") and "dead |" not in line]
    assert len(lines) >= 3
    for line in lines:
        subject = line.split("|")[1].split("(")[0].strip(" `")
        words = subject.removeprefix("the ").replace(" ", "_")
        assert words in here, line
