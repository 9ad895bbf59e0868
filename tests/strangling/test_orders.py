"""Orders read prices through catalog's seam; a buyer must not notice who quotes them."""

from uuid import uuid4

import pytest


@pytest.fixture(scope="session")
def customer_id(customer):
    return customer[0]


def order(customer_id, *product_ids, quantity=2, **fields):
    lines = [{"product_id": each, "quantity": quantity} for each in product_ids]
    return {"customer_id": customer_id, "lines": lines, **fields}


def test_an_order_takes_the_price_and_name_of_the_moment(stage, shop, buyer, category, customer_id):
    product = shop.create(category=category, price={"amount": 250, "currency": "EUR"})
    shop.sees(product)
    response = buyer.write("POST", "/api/v1/orders", order(customer_id, product["id"]))
    assert response.status_code == 201, response.text
    placed = response.json()
    assert placed["total"] == {"amount": 500, "currency": "EUR"}
    assert placed["lines"][0]["name"] == product["name"]
    assert placed["lines"][0]["unit_price"]["amount"] == 250
    assert buyer.get(f"/api/v1/orders/{placed['id']}").json() == placed
    mine = buyer.get("/api/v1/orders", customer_id=customer_id).json()["items"]
    assert placed in mine


def test_an_order_of_an_unknown_product_is_refused(stage, buyer, customer_id):
    response = buyer.write("POST", "/api/v1/orders", order(customer_id, str(uuid4())))
    assert response.status_code == 422
    assert response.json()["type"] == "urn:problem:unknown-product"


def test_an_order_is_placed_once_however_often_it_is_sent(
    stage, shop, buyer, category, customer_id
):
    product = shop.create(category=category)
    shop.sees(product)
    key = {"Idempotency-Key": str(uuid4())}
    body = order(customer_id, product["id"], client_reference=uuid4().hex)
    answers = [buyer.write("POST", "/api/v1/orders", body, headers=key) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"lines": []}, id="no lines"),
        pytest.param({"lines": [{"product_id": "x", "quantity": 1}]}, id="no id"),
        pytest.param({"quantity": 0}, id="no quantity"),
        pytest.param({"client_reference": "x" * 65}, id="long reference"),
    ],
)
def test_a_bad_order_is_refused(stage, buyer, customer_id, fields):
    product = buyer.get("/api/v1/products", limit=1).json()["items"][0]
    body = {**order(customer_id, product["id"], quantity=fields.get("quantity", 1)), **fields}
    body.pop("quantity", None)
    response = buyer.write("POST", "/api/v1/orders", body)
    assert response.status_code == 422, response.text
    assert response.headers["Content-Type"] == "application/problem+json"


def test_an_order_of_an_unknown_customer_is_refused(stage, system, open_door, shop):
    product = shop.get("/api/v1/products", limit=1).json()["items"][0]
    # Only staff may name another customer than themselves.
    clerk = open_door("gateway", system.signed_in("clerk"))
    response = clerk.write("POST", "/api/v1/orders", order(str(uuid4()), product["id"]))
    assert response.status_code == 422, response.text
    assert response.json()["type"] == "urn:problem:unknown-customer"
