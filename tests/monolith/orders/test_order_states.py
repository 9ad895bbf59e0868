import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from extracted.contracts.orders import OrderChanged
from extracted.contracts.problems import ProblemError
from monolith.orders import transitions
from monolith.orders.states import NEXT, Status, require_way
from monolith.outbox.record import recorded


@pytest.fixture
def place(api, make_product, customer):
    product = make_product()

    def place():
        line = {"product_id": product["id"], "quantity": 1}
        return api.post("/orders", {"customer_id": customer["id"], "lines": [line]}).json()

    return place


def pay(order):
    """What checkout does when the money was taken."""
    with recorded("orders") as record:
        transitions.become(uuid.UUID(order["id"]), Status.PAID, record=record)


def test_every_state_has_its_ways_and_two_are_ends():
    assert NEXT.keys() == set(Status)
    ends = {status for status, ways in NEXT.items() if not ways}
    assert ends == {Status.CANCELLED, Status.REFUNDED}


@pytest.mark.parametrize("present", Status)
@pytest.mark.parametrize("wanted", Status)
def test_only_the_ways_of_the_picture_are_open(present, wanted):
    if wanted in NEXT[present]:
        require_way(present, wanted)
        return
    with pytest.raises(ProblemError, match="order-state"):
        require_way(present, wanted)


@pytest.mark.django_db
def test_a_paid_order_is_shipped_and_delivered(api, place):
    order = place()
    pay(order)
    for verb, status, version in (("ship", "shipped", 3), ("deliver", "delivered", 4)):
        response = api.write("POST", f"/orders/{order['id']}/{verb}")
        assert response.status_code == 200, response.content
        assert response.json() == {**order, "status": status, "version": version}
    assert api.get(f"/orders/{order['id']}").json()["status"] == "delivered"


@pytest.mark.django_db
def test_an_order_is_cancelled_before_it_is_paid_and_not_after(api, place):
    unpaid, paid = place(), place()
    pay(paid)
    cancelled = api.write("POST", f"/orders/{unpaid['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    for order, verb in ((paid, "cancel"), (unpaid, "cancel"), (unpaid, "ship"), (paid, "deliver")):
        refused = api.write("POST", f"/orders/{order['id']}/{verb}")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:problem:order-state")
        assert "cannot become" in refused.json()["detail"]


@pytest.mark.django_db
def test_a_repeated_cancel_answers_the_same(api, place):
    path, key = f"/orders/{place()['id']}/cancel", {"Idempotency-Key": str(uuid.uuid4())}
    first = api.write("POST", path, headers=key)
    again = api.write("POST", path, headers=key)
    assert (again.status_code, again.content) == (200, first.content)
    assert again["Idempotency-Replayed"] == "true"


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["cancel", "ship", "deliver"])
@pytest.mark.parametrize("order_id", ["nonsense", str(uuid.uuid4())])
def test_an_unknown_order_is_a_404(api, verb, order_id):
    response = api.write("POST", f"/orders/{order_id}/{verb}")
    assert response.json()["type"] == "urn:problem:order-not-found"


def test_every_change_of_state_is_told(committed, api, place, owner):
    order = place()
    pay(order)
    api.write("POST", f"/orders/{order['id']}/ship")
    told = owner.execute(
        "SELECT event, payload FROM handover.outbox WHERE domain = 'orders' ORDER BY id"
    ).fetchall()
    assert [event for event, _ in told] == ["order_placed", "order_paid", "order_shipped"]
    last = OrderChanged.model_validate_json(json.dumps(told[-1][1])).order
    assert (last.status, last.version) == ("shipped", 3)


def test_of_many_who_cancel_at_once_one_does(committed, api, place):
    path = f"/orders/{place()['id']}/cancel"
    barrier = threading.Barrier(6)

    def cancel(_):
        barrier.wait(timeout=10)
        try:
            return api.write("POST", path).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(cancel, range(6))) == [200] + [409] * 5
