import uuid

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(api):
    return api.post("/customers", {"email": "ada@example.com", "name": "Ada"}).json()


@pytest.fixture
def place(api, customer):
    def place(*lines, **changes):
        wanted = [{"product_id": product_id, "quantity": count} for product_id, count in lines]
        return api.post("/orders", {"customer_id": customer["id"], "lines": wanted, **changes})

    return place


def test_an_order_keeps_name_and_price_as_bought(api, make_product, place):
    lamp = make_product("A", price={"amount": 300, "currency": "EUR"})
    bulb = make_product("B", name="Bulb", price={"amount": 50, "currency": "EUR"})
    placed = place((lamp["id"], 1), (bulb["id"], 3), client_reference="mine-1")
    order = placed.json()
    assert placed.status_code == 201
    assert placed["Location"] == f"/api/v1/orders/{order['id']}"
    assert order["total"] == {"amount": 450, "currency": "EUR"}
    assert [line["name"] for line in order["lines"]] == ["Reading lamp", "Bulb"]
    assert order["client_reference"] == "mine-1"
    api.patch(f"/products/{lamp['id']}", {"price": {"amount": 1, "currency": "EUR"}})
    api.delete(f"/products/{bulb['id']}")
    assert api.get(f"/orders/{order['id']}").json() == order


def test_orders_of_a_customer_come_in_pages_newest_first(api, make_product, place, customer):
    lamp = make_product()
    placed = [place((lamp["id"], 1)).json()["id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        query = {"customer_id": customer["id"], "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = api.get("/orders", **query).json()
        seen += [order["id"] for order in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == placed[::-1]
    assert api.get("/orders", customer_id=str(uuid.uuid4())).json()["items"] == []


def test_a_repeated_order_is_placed_once_even_when_its_product_is_gone(api, make_product, customer):
    lamp = make_product()
    body = {
        "customer_id": customer["id"],
        "lines": [{"product_id": lamp["id"], "quantity": 1}],
    }
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = api.post("/orders", body, headers=key)
    api.delete(f"/products/{lamp['id']}")
    again = api.post("/orders", body, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotency-Replayed"] == "true"
    other = api.post("/orders", {**body, "client_reference": "x"}, headers=key)
    assert other.json()["type"] == "urn:problem:idempotency-key-reused"
    assert len(api.get("/orders", customer_id=customer["id"]).json()["items"]) == 1


def test_an_order_names_products_and_customers_that_exist(make_product, place):
    lamp = make_product()
    stranger = str(uuid.uuid4())
    unknown = place((lamp["id"], 1), (stranger, 1))
    assert (unknown.status_code, unknown.json()["type"]) == (422, "urn:problem:unknown-product")
    unknown = place((lamp["id"], 1), customer_id=stranger)
    assert (unknown.status_code, unknown.json()["type"]) == (422, "urn:problem:unknown-customer")


def test_an_order_has_one_currency_and_a_limit(make_product, place):
    euros = make_product("A", price={"amount": 10_000_000_000, "currency": "EUR"})
    pounds = make_product("B", price={"amount": 1, "currency": "GBP"})
    assert place((euros["id"], 1)).status_code == 201
    assert place((euros["id"], 1), (pounds["id"], 1)).status_code == 422
    assert place((euros["id"], 2)).status_code == 422


@pytest.mark.parametrize("quantity", [0, -1, 1001, 1.5, "1", None])
def test_a_quantity_is_a_sensible_whole_number(make_product, place, quantity):
    assert place((make_product()["id"], quantity)).status_code == 422


def test_an_order_has_lines_that_differ(make_product, place):
    lamp = make_product()["id"]
    assert place().status_code == 422
    assert place((lamp, 1), (lamp, 2)).status_code == 422


@pytest.mark.parametrize("path", ["/orders", "/orders/nonsense", f"/orders/{uuid.uuid4()}"])
def test_asking_for_no_order_is_a_problem(api, path):
    response = api.get(path)
    assert response.status_code == (422 if path == "/orders" else 404)
    assert response["Content-Type"] == "application/problem+json"


def test_a_registered_customer_is_shown_and_listed(api, customer):
    assert api.get(f"/customers/{customer['id']}").json() == customer
    other = api.post("/customers", {"email": "b@example.com", "name": "Bo"}).json()
    page = api.get("/customers", limit=1).json()
    assert page["items"] == [other]
    rest = api.get("/customers", limit=1, cursor=page["next_cursor"]).json()
    assert rest == {"items": [customer], "next_cursor": None}


def test_an_address_belongs_to_one_customer(api, customer):
    taken = api.post("/customers", {"email": "ADA@example.com", "name": "Another"})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:problem:conflict")


def test_registering_twice_with_one_key_registers_once(api):
    key, wanted = {"Idempotency-Key": str(uuid.uuid4())}, {"email": "a@b.example", "name": "A"}
    first = api.post("/customers", wanted, headers=key)
    again = api.post("/customers", wanted, headers=key)
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")


def test_an_unknown_customer_is_a_404(api):
    assert api.get(f"/customers/{uuid.uuid4()}").json()["type"] == "urn:problem:customer-not-found"
