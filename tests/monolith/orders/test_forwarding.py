"""A write of orders where somebody else owns them: there is nobody to pass it on to yet."""

import uuid

import pytest

UNKNOWN = uuid.uuid4()

pytestmark = pytest.mark.django_db


def test_the_owner_refuses_what_it_does_not_know(committed, api):
    for path, body in ((f"/orders/{UNKNOWN}/cancel", None), (f"/orders/{UNKNOWN}/refund", {})):
        refused = api.write("POST", path, body)
        assert (refused.status_code, refused.json()["type"]) == (404, "urn:problem:order-not-found")


def test_a_write_that_makes_no_sense_is_refused_by_anybody(committed, api, set_mode):
    set_mode("REPLICA", domain="orders")
    for path, body in (("/orders", {}), ("/orders/nonsense/cancel", None)):
        assert api.write("POST", path, body).status_code in {404, 422}


def test_what_was_forwarded_here_goes_back_to_be_tried_again(
    committed, api, customer, make_product, set_mode
):
    line = {"product_id": make_product()["id"], "quantity": 1}
    set_mode("REPLICA", domain="orders")
    body = {"customer_id": customer["id"], "lines": [line]}
    refused = api.write("POST", "/orders", body, headers={"X-Forwarded-Write": "1"})
    assert (refused.status_code, refused.json()["type"]) == (421, "urn:problem:not-owner")
