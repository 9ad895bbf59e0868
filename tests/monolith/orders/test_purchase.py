"""A purchase with the real inventory and the real payments behind it, as a client sees it."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connections

from monolith.orders.models import Checkout, Order, Refund
from monolith.outbox.record import recorded
from tests.monolith.factories import StockFactory

pytestmark = pytest.mark.usefixtures("committed")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def lamp(make_product):
    product = make_product(price={"amount": 300, "currency": "EUR"})
    StockFactory(product_id=product["id"], on_hand=5)
    return product


def check_out(api, basket, token, **options):
    return api.post(f"{basket.path}/checkout", {"card_token": token}, **options)


def available(api, product):
    return api.get(f"/stock/{product['id']}").json()["available"]


def let_leases_run_out():
    with recorded("orders"):
        Checkout.objects.update(leased_until=LONG_AGO)
        Refund.objects.update(leased_until=LONG_AGO)


@pytest.mark.parametrize("token", ["tok_approve", "tok_twice"])
def test_a_good_card_buys_and_is_refunded(api, basket, lamp, token):
    basket.put(lamp["id"], 2)
    bought = check_out(api, basket, token)
    assert bought.status_code == 201, bought.content
    order = bought.json()
    assert bought["Location"] == f"/api/v1/orders/{order['id']}"
    assert (order["status"], order["total"]["amount"]) == ("paid", 600)
    assert api.get(f"/orders/{order['id']}").json() == order
    assert available(api, lamp) == 3
    refunded = api.post(f"/orders/{order['id']}/refund", {"reason": "too bright"})
    assert (refunded.status_code, refunded.json()["status"]) == (200, "refunded")
    assert available(api, lamp) == 5


def test_a_bad_card_is_a_402_and_gives_everything_back(api, basket, lamp):
    basket.put(lamp["id"], 2)
    refused = check_out(api, basket, "tok_decline")
    assert (refused.status_code, refused.json()["type"]) == (402, "urn:problem:payment-declined")
    assert available(api, lamp) == 5
    assert [line["quantity"] for line in basket.show().json()["lines"]] == [2]
    assert api.get("/orders", customer_id=basket.path.split("/")[2]).json()["items"] == []


def test_a_silent_card_is_a_202_and_the_command_finishes_it(api, basket, lamp, manage):
    basket.put(lamp["id"], 2)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    accepted = check_out(api, basket, "tok_timeout", headers=key)
    assert accepted.status_code == 202, accepted.content
    place = accepted["Location"].removeprefix("/api/v1")
    assert api.get(place).json() == accepted.json()
    assert accepted.json()["status"] == "pending"
    let_leases_run_out()
    assert "checkouts: 1 done, 0 failed, 0 pending" in manage("settle_checkouts")
    assert api.get(place).json()["status"] == "done"
    bought = check_out(api, basket, "tok_timeout", headers=key)
    assert (bought.status_code, bought["Idempotency-Replayed"]) == (201, "true")
    assert available(api, lamp) == 3


def test_a_checkout_needs_a_customer_a_cart_and_a_card(api, basket, lamp):
    assert check_out(api, basket, "tok_approve").json()["type"] == "urn:problem:cart-empty"
    assert api.post(f"{basket.path}/checkout", {}).status_code == 422
    stranger = api.post(f"/carts/{uuid.uuid4()}/checkout", {"card_token": "tok_approve"})
    assert stranger.json()["type"] == "urn:problem:customer-not-found"
    for unknown in ("nonsense", uuid.uuid4()):
        missing = api.get(f"/checkouts/{unknown}")
        assert missing.json()["type"] == "urn:problem:checkout-not-found"


def together(calls):
    barrier = threading.Barrier(len(calls))

    def run(call):
        barrier.wait(timeout=10)
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.parametrize(
    "tries", [60, pytest.param(1000, marks=(pytest.mark.slow, pytest.mark.timeout(600)))]
)
def test_two_who_race_for_the_last_one_get_one_order_and_one_409(
    api, lamp, open_basket, owner, tries
):
    baskets = []
    for name in ("ada", "bo"):
        found = api.post("/customers", {"email": f"{name}@example.com", "name": name}).json()
        baskets.append(open_basket(found["id"]))
    calls = [lambda b=b: check_out(api, b, "tok_approve") for b in baskets]
    winners = set()
    for _ in range(tries):
        owner.execute("UPDATE inventory_stock SET on_hand = 1, reserved = 0")
        for basket in baskets:
            basket.put(lamp["id"], 1)
        answers = together(calls)
        by_status = {answer.status_code: answer.json() for answer in answers}
        assert sorted(by_status) == [201, 409], [answer.content for answer in answers]
        assert by_status[201]["status"] == "paid"
        assert by_status[409]["type"] == "urn:problem:out-of-stock"
        assert lamp["id"] in by_status[409]["detail"]
        assert available(api, lamp) == 0
        winners.add(by_status[201]["customer_id"])
    # Both have won: it was a race, and not a queue.
    assert len(winners) == 2
    assert Order.objects.filter(status="paid").count() == tries


def test_one_cart_checked_out_twice_at_once_is_bought_once(api, basket, lamp):
    basket.put(lamp["id"], 2)
    answers = together([lambda: check_out(api, basket, "tok_approve")] * 4)
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) == 1, [answer.content for answer in answers]
    assert {*statuses} <= {201, 409}
    assert available(api, lamp) == 3


def test_one_key_sent_many_times_at_once_buys_once(api, basket, lamp):
    basket.put(lamp["id"], 2)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    answers = together([lambda: check_out(api, basket, "tok_approve", headers=key)] * 4)
    assert {answer.status_code for answer in answers} <= {201, 202}
    assert check_out(api, basket, "tok_approve", headers=key).status_code == 201
    assert available(api, lamp) == 3
