"""What a buyer may rely on, whoever keeps the orders; the other seams stand at cutover meanwhile."""

import json
from uuid import uuid4

import httpx
import pytest

from tests.strangling.conftest import Shop, answered_by, owners
from tests.strangling.waiting import eventually

pytestmark = pytest.mark.seam("orders")

OWNER = owners("orders")
READERS = {
    "monolith": {"monolith"},
    "shadow": {"monolith"},
    "canary-50": {"monolith", "orders"},
    "cutover": {"orders"},
    "back-at-monolith": {"monolith"},
}
BOTH = ("shadow", "canary-50", "cutover")
API = "/api/v1"
JSON = {"Content-Type": "application/json"}
SOMEBODY = uuid4()
# name: method, path, content, headers, status; as the buyer, whose id stands for {me}.
BAD = {
    "malformed JSON": ("POST", "/orders", b"{", JSON, 400),
    "a list": ("POST", "/orders", b"[]", JSON, 422),
    "missing fields": ("POST", "/orders", b"{}", JSON, 422),
    "no key": ("POST", "/orders", b"{}", {**JSON, "Idempotency-Key": ""}, 400),
    "a bad key": ("POST", "/orders", b"{}", {**JSON, "Idempotency-Key": "1"}, 400),
    "not JSON": ("POST", "/orders", b"x=1", {"Content-Type": "text/plain"}, 415),
    "1 MiB": ("POST", "/orders", b" " * 2**20, JSON, 413),
    "nothing of a thing": ("PUT", "/carts/{me}/lines/{thing}", b'{"quantity": 0}', JSON, 422),
    "half a thing": ("PUT", "/carts/{me}/lines/{thing}", b'{"quantity": 1.5}', JSON, 422),
    "an unknown thing": (
        "PUT",
        f"/carts/{{me}}/lines/{uuid4()}",
        b'{"quantity": 1}',
        JSON,
        404,
    ),
    "a thing that is none": ("DELETE", "/carts/{me}/lines/1", b"", {}, 404),
    "no card": ("POST", "/carts/{me}/checkout", b"{}", JSON, 422),
    "an empty cart": ("POST", "/carts/{me}/checkout", b'{"card_token": "tok_approve"}', JSON, 409),
    "another's cart": ("DELETE", f"/carts/{SOMEBODY}", b"", {}, 404),
    "an unknown order": ("POST", f"/orders/{uuid4()}/cancel", b"", {}, 404),
    "an order that is none": ("POST", "/orders/1/cancel", b"", {}, 404),
    "money of an unknown order": ("POST", f"/orders/{uuid4()}/refund", b"{}", JSON, 404),
    "what staff do": ("POST", f"/orders/{uuid4()}/ship", b"", {}, 403),
    "a list of another": ("GET", f"/orders?customer_id={SOMEBODY}", b"", {}, 403),
    "a list of nobody": ("GET", "/orders", b"", {}, 422),
    "a limit too high": ("GET", "/orders?customer_id={me}&limit=1000", b"", {}, 422),
    "an unknown checkout": ("GET", f"/checkouts/{uuid4()}", b"", {}, 404),
    "a method that is none": ("PUT", "/orders", b"{}", JSON, 405),
}


@pytest.fixture(scope="session")
def me(customer):
    return customer[0]


@pytest.fixture
def thing(open_door, category):
    """Something that there is plenty of."""
    merchant = open_door("gateway")
    product = merchant.create(category=category)
    more = {"warehouse": "main", "change": 20, "reason": "received"}
    path = f"{API}/stock/{product['id']}/adjustments"
    assert merchant.write("POST", path, more).status_code == 201
    return str(product["id"])


def fill(buyer: Shop, me: str, thing: str, quantity: int = 2) -> None:
    path = f"{API}/carts/{me}/lines/{thing}"
    answer = buyer.write("PUT", path, {"quantity": quantity})
    assert answer.status_code == 200, answer.text


def pay(buyer: Shop, me: str, card: str = "tok_approve", **options) -> httpx.Response:
    return buyer.write("POST", f"{API}/carts/{me}/checkout", {"card_token": card}, **options)


def test_reads_are_answered_by_whom_the_stage_says(stage, system):
    assert answered_by(f"{system.gateway}/probes/orders") == READERS[stage]


def test_a_purchase_is_paid_shown_and_given_back(stage, buyer, me, thing):
    fill(buyer, me, thing)
    bought = pay(buyer, me)
    assert (bought.status_code, bought.headers["X-Served-By"]) == (201, OWNER[stage]), bought.text
    order = bought.json()
    assert (order["status"], order["version"]) == ("paid", 2)
    assert bought.headers["Location"] == f"{API}/orders/{order['id']}"
    path = f"{API}/orders/{order['id']}"
    eventually(lambda: buyer.get(path).json() == order, what="the order to be shown")
    listed = lambda: buyer.get(f"{API}/orders", customer_id=me).json()["items"]  # noqa: E731
    eventually(lambda: order in listed(), what="the order to be listed")
    money = lambda: [p["status"] for p in buyer.get(f"{path}/payments").json().get("items", [])]  # noqa: E731
    eventually(lambda: money() == ["captured"], what="the payment to be shown")
    assert buyer.get(f"{API}/carts/{me}").json()["lines"] == []
    back = buyer.write("POST", f"{path}/refund", {"reason": "too bright"})
    assert (back.status_code, back.json()["status"]) == (200, "refunded"), back.text
    eventually(lambda: money() == ["refunded"], what="the money to be back")


def test_a_purchase_sent_twice_is_one(stage, buyer, me, thing):
    fill(buyer, me, thing)
    key = {"Idempotency-Key": str(uuid4())}
    first, second = (pay(buyer, me, headers=key) for _ in range(2))
    assert first.status_code == second.status_code == 201, (first.text, second.text)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    again = pay(buyer, me, "tok_decline", headers=key)
    assert again.json()["type"] == "urn:problem:idempotency-key-reused"


def test_a_declined_card_leaves_the_cart_as_it_was(stage, buyer, me, thing):
    fill(buyer, me, thing, quantity=3)
    refused = pay(buyer, me, "tok_decline")
    assert (refused.status_code, refused.json()["type"]) == (402, "urn:problem:payment-declined")
    lines = lambda: buyer.get(f"{API}/carts/{me}").json()["lines"]  # noqa: E731
    eventually(
        lambda: [(line["product_id"], line["quantity"]) for line in lines()] == [(thing, 3)],
        what="the cart to be as it was",
    )
    assert buyer.write("DELETE", f"{API}/carts/{me}").status_code == 200


def test_more_than_there_is_is_not_sold(stage, buyer, me, thing):
    fill(buyer, me, thing, quantity=21)
    refused = pay(buyer, me)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:problem:out-of-stock")
    assert buyer.write("DELETE", f"{API}/carts/{me}").status_code == 200


@pytest.fixture
def clerk(system, open_door):
    return open_door("gateway", system.signed_in("clerk"))


def test_an_order_is_canceled_by_its_buyer_and_shipped_by_staff(stage, clerk, buyer, me, thing):
    line = {"product_id": thing, "quantity": 1}
    placed = buyer.write("POST", f"{API}/orders", {"customer_id": me, "lines": [line]}).json()
    gone = buyer.write("POST", f"{API}/orders/{placed['id']}/cancel")
    assert (gone.status_code, gone.json()["status"]) == (200, "cancelled"), gone.text
    fill(buyer, me, thing)
    paid = pay(buyer, me).json()
    for verb, status in (("ship", "shipped"), ("deliver", "delivered")):
        moved = clerk.write("POST", f"{API}/orders/{paid['id']}/{verb}")
        assert (moved.status_code, moved.json()["status"]) == (200, status), moved.text
    late = buyer.write("POST", f"{API}/orders/{paid['id']}/cancel")
    assert (late.status_code, late.json()["type"]) == (409, "urn:problem:order-state")


@pytest.mark.parametrize("fault", BAD)
def test_what_is_wrong_is_told_alike_at_every_door(stage, doors, me, thing_that_stays, fault):
    method, path, content, headers, status = BAD[fault]
    place = API + path.replace("{me}", me).replace("{thing}", thing_that_stays)
    answers = [
        door.client.request(
            method, place, content=content, headers={"Idempotency-Key": str(uuid4()), **headers}
        )
        for door in doors
    ]
    assert {answer.status_code for answer in answers} == {status}, [a.text for a in answers]
    if status != 413:
        assert len({answer.content for answer in answers}) == 1
        assert json.loads(answers[0].content)["status"] == status


@pytest.fixture(scope="session")
def doors(open_door, customer):
    """The gateway, and both sides, as the buyer meets them."""
    return [open_door(name, customer[1]) for name in ("gateway", "monolith", "orders")]


@pytest.fixture(scope="session")
def thing_that_stays(open_door, category):
    return str(open_door("gateway").create(category=category)["id"])


@pytest.mark.stages(*BOTH)
def test_both_sides_show_the_same_order(stage, doors, buyer, me, thing):
    line = {"product_id": thing, "quantity": 1}
    placed = buyer.write("POST", f"{API}/orders", {"customer_id": me, "lines": [line]})
    path = f"{API}/orders/{placed.json()['id']}"
    sides = doors[1:]
    for door in sides:
        eventually(lambda: door.get(path).content == placed.content, what=path)  # noqa: B023
    page = f"{API}/orders?customer_id={me}&limit=3"
    eventually(lambda: len({door.client.get(page).content for door in sides}) == 1, what=page)
