"""A write of orders at the side that does not own them, and what readers are told."""

import uuid

import httpx
import pytest

from extracted.contracts.orders import SEES_OWN_WRITES
from monolith.orders import forward, watched
from monolith.seams.peers import Peers

UNKNOWN = uuid.uuid4()


@pytest.fixture
def passed_on(monkeypatch, set_mode):
    """Let the service own, and note what is passed on to it."""
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(200, json={"by": "service"}, headers={"X-Served-By": "orders"})

    peers = Peers(("http://one",), transport=httpx.MockTransport(answer))
    monkeypatch.setattr(forward, "PEERS", peers)
    set_mode("REPLICA", domain="orders")
    return seen


@pytest.fixture
def offered(monkeypatch):
    seen = []
    monkeypatch.setattr(
        watched.SHADOW, "watch", lambda request, response: seen.append(response.status_code)
    )
    return seen


pytestmark = pytest.mark.django_db


def test_a_copy_that_lags_refuses_nothing(committed, api, customer, make_product, passed_on):
    """What is not here yet is the owner's to speak of: an order, a cart with something in it."""
    product = make_product()
    line = {"product_id": product["id"], "quantity": 1}
    for path, body in (
        (f"/orders/{UNKNOWN}/cancel", None),
        (f"/orders/{UNKNOWN}/ship", None),
        (f"/orders/{UNKNOWN}/refund", {}),
        (f"/carts/{customer['id']}/checkout", {"card_token": "tok_approve"}),
        ("/orders", {"customer_id": customer["id"], "lines": [line]}),
        ("/orders", {"customer_id": str(UNKNOWN), "lines": [line]}),
    ):
        answer = api.write("POST", path, body)
        assert (answer.status_code, answer["X-Served-By"]) == (200, "orders"), path
        assert passed_on.pop().url.path == f"/api/v1{path}"
    assert passed_on == []


def test_a_write_that_makes_no_sense_is_refused_by_anybody(committed, api, passed_on):
    for path, body in (("/orders", {}), ("/orders/nonsense/cancel", None)):
        assert api.write("POST", path, body).status_code in {404, 422}
    assert passed_on == []


def test_the_owner_refuses_what_it_does_not_know(committed, api):
    for path, body in ((f"/orders/{UNKNOWN}/cancel", None), (f"/orders/{UNKNOWN}/refund", {})):
        refused = api.write("POST", path, body)
        assert (refused.status_code, refused.json()["type"]) == (404, "urn:problem:order-not-found")


def test_what_was_forwarded_here_goes_back_to_be_tried_again(committed, api, passed_on):
    refused = api.write("POST", f"/orders/{UNKNOWN}/cancel", headers={"X-Forwarded-Write": "1"})
    assert (refused.status_code, refused.json()["type"]) == (421, "urn:problem:not-owner")
    assert passed_on == []


def test_who_has_written_sees_it_and_who_was_refused_has_nothing_to_see(
    api, basket, make_product, offered
):
    product = make_product()
    assert basket.put(product["id"])["Set-Cookie"] == SEES_OWN_WRITES
    assert basket.empty()["Set-Cookie"] == SEES_OWN_WRITES
    refused = basket.put(str(UNKNOWN))
    assert refused.status_code == 404
    assert not refused.has_header("Set-Cookie")
    assert offered == []


def test_reads_are_offered_to_the_comparison_and_set_nothing(api, basket, offered):
    shown = basket.show()
    missing = api.get(f"/orders/{UNKNOWN}")
    assert not shown.has_header("Set-Cookie")
    assert (shown.status_code, missing.status_code) == (200, 404)
    assert offered == [200, 404]
