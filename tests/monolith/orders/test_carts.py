import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from extracted.contracts.problems import ProblemError
from monolith.orders import carts
from monolith.orders.models import CartLine
from monolith.outbox.record import recorded


@pytest.fixture
def lamp(make_product):
    return make_product("A", price={"amount": 300, "currency": "EUR"})


@pytest.fixture
def bulb(make_product):
    return make_product("B", name="Bulb", price={"amount": 50, "currency": "EUR"})


@pytest.mark.django_db
def test_a_cart_is_empty_until_something_is_put_into_it(basket, lamp, customer):
    empty = {"customer_id": customer["id"], "lines": [], "total": None, "version": 0}
    assert basket.show().json() == empty
    assert basket.put(lamp["id"], 2).json() == {
        "customer_id": customer["id"],
        "lines": [{"product_id": lamp["id"], "quantity": 2}],
        "version": 1,
    }


@pytest.mark.django_db
def test_a_cart_shows_todays_prices_in_the_order_of_the_wishes(api, basket, lamp, bulb):
    basket.put(lamp["id"], 1)
    basket.put(bulb["id"], 3)
    basket.put(lamp["id"], 2)
    api.patch(f"/products/{bulb['id']}", {"price": {"amount": 60, "currency": "EUR"}})
    shown = basket.show().json()
    assert [(line["name"], line["quantity"]) for line in shown["lines"]] == [
        ("Reading lamp", 2),
        ("Bulb", 3),
    ]
    assert shown["total"] == {"amount": 780, "currency": "EUR"}
    assert shown["version"] == 3


@pytest.mark.django_db
def test_what_is_gone_from_the_shelves_has_no_price_and_the_cart_no_total(api, basket, lamp, bulb):
    basket.put(lamp["id"])
    basket.put(bulb["id"])
    api.delete(f"/products/{bulb['id']}")
    shown = basket.show().json()
    assert shown["lines"][1]["unit_price"] is None
    assert shown["total"] is None


@pytest.mark.django_db
def test_two_currencies_or_too_much_money_have_no_total(basket, lamp, make_product):
    pounds = make_product("P", price={"amount": 1, "currency": "GBP"})
    dear = make_product("D", price={"amount": 10_000_000_000, "currency": "EUR"})
    basket.put(lamp["id"])
    basket.put(pounds["id"])
    assert basket.show().json()["total"] is None
    basket.drop(pounds["id"])
    basket.put(dear["id"], 2)
    assert basket.show().json()["total"] is None


@pytest.mark.django_db
def test_lines_and_carts_are_taken_back_however_often(basket, lamp, bulb):
    basket.put(lamp["id"])
    basket.put(bulb["id"])
    for _ in range(2):
        dropped = basket.drop(lamp["id"])
        assert dropped.status_code == 200
        assert [line["product_id"] for line in dropped.json()["lines"]] == [bulb["id"]]
    assert basket.empty().json()["lines"] == []
    assert basket.show().json()["version"] == 5


@pytest.mark.django_db
def test_a_wish_is_written_once_per_key(basket, lamp):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = basket.put(lamp["id"], 2, headers=key)
    basket.put(lamp["id"], 5)
    again = basket.put(lamp["id"], 2, headers=key)
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    assert basket.show().json()["lines"][0]["quantity"] == 5
    other = basket.put(lamp["id"], 3, headers=key)
    assert other.json()["type"] == "urn:problem:idempotency-key-reused"


@pytest.mark.django_db
@pytest.mark.parametrize("loss", ["the product is gone", "the customer is gone", "nobody answers"])
def test_a_key_is_answered_again_whatever_has_gone_since(api, basket, lamp, monkeypatch, loss):
    keys = [{"Idempotency-Key": str(uuid.uuid4())} for _ in range(3)]

    def ask():
        return [
            basket.put(lamp["id"], 2, headers=keys[0]),
            basket.drop(lamp["id"], headers=keys[1]),
            basket.empty(headers=keys[2]),
        ]

    first = ask()
    assert [answer.status_code for answer in first] == [200, 200, 200]
    if loss == "the product is gone":
        api.delete(f"/products/{lamp['id']}")
    elif loss == "the customer is gone":
        monkeypatch.setattr(carts.customers, "is_known", lambda _: False)
    else:
        monkeypatch.setattr(carts.CATALOG, "get_quotes", say_nothing)
    again = ask()
    assert [answer.content for answer in again] == [answer.content for answer in first]
    assert {answer["Idempotency-Replayed"] for answer in again} == {"true"}
    other = basket.put(lamp["id"], 3, headers=keys[0])
    assert other.json()["type"] == "urn:problem:idempotency-key-reused"


def say_nothing(**_):
    raise ProblemError("unavailable")


@pytest.mark.django_db
@pytest.mark.parametrize("quantity", [0, -1, 1001, 1.5, "1", None])
def test_a_wish_is_a_sensible_whole_number(basket, lamp, quantity):
    assert basket.put(lamp["id"], quantity).status_code == 422


@pytest.mark.django_db
def test_carts_belong_to_customers_and_hold_products(open_basket, basket, lamp):
    for stranger in ("nonsense", str(uuid.uuid4())):
        other = open_basket(stranger)
        for response in (other.show(), other.put(lamp["id"]), other.empty()):
            assert response.json()["type"] == "urn:problem:customer-not-found"
        assert basket.put(stranger).json()["type"] == "urn:problem:product-not-found"


@pytest.mark.django_db
def test_a_cart_has_an_end(basket, make_product, monkeypatch):
    monkeypatch.setattr("monolith.orders.carts.MOST_LINES", 2)
    products = [make_product(f"P-{number}")["id"] for number in range(3)]
    answers = [basket.put(product).status_code for product in products]
    assert answers == [200, 200, 422]
    assert basket.put(products[0], 9).status_code == 200


def test_many_hands_fill_one_cart_and_no_wish_is_lost(committed, basket, make_product):
    products = [make_product(f"P-{number}")["id"] for number in range(6)]
    barrier = threading.Barrier(len(products))

    def put(product):
        barrier.wait(timeout=10)
        try:
            return basket.put(product).json()["version"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(products)) as pool:
        assert sorted(pool.map(put, products)) == [1, 2, 3, 4, 5, 6]
    assert CartLine.objects.count() == 6


@pytest.mark.django_db
def test_carts_stand_behind_the_fence_of_orders(set_mode, basket, lamp, monkeypatch):
    monkeypatch.setattr("monolith.seams.forward.WRITE_DEADLINE_S", 0.0)
    basket.put(lamp["id"])
    set_mode("RELEASED", domain="orders")
    with pytest.raises(Exception, match="does not own"):
        CartLine.objects.all().delete()


@pytest.mark.django_db
def test_lines_keep_their_place_and_new_ones_come_last(api, basket, make_product):
    """Over both sides: places travel with the cart, and the ids of its lines do not."""
    keys = [make_product(sku)["id"] for sku in "ABC"]

    def shown():
        return [line["product_id"] for line in basket.show().json()["lines"]]

    for key in keys:
        basket.put(key)
    basket.put(keys[0], 9)
    assert shown() == keys, "another quantity is no other place"
    basket.drop(keys[1])
    basket.put(keys[1])
    assert shown() == [keys[0], keys[2], keys[1]]
    places = CartLine.objects.order_by("position").values_list("position", flat=True)
    assert list(places) == [1, 3, 4]


@pytest.mark.django_db
def test_places_are_what_counts_and_not_the_ids_of_lines(api, basket, customer, make_product):
    """As the applier leaves them, which upserts in any order."""
    keys = [make_product(sku)["id"] for sku in "ABC"]
    for key in keys:
        basket.put(key)
    with recorded("orders"):
        for place, key in zip((30, 20, 10), keys, strict=True):
            CartLine.objects.filter(product_id=key).update(position=place)
    lines = basket.show().json()["lines"]
    assert [line["product_id"] for line in lines] == keys[::-1]
