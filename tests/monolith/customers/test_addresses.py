import uuid

import pytest

from tests.monolith.customers.conftest import kind_of

pytestmark = pytest.mark.django_db

HOME = {
    "recipient": "Ada Lovelace",
    "street": "12 St James's Square",
    "postal_code": "SW1Y 4JH",
    "city": "London",
    "country": "GB",
}


def test_addresses_come_and_go(api, ada):
    path = f"/customers/{ada['id']}/addresses"
    added = api.post(path, HOME)
    assert added.status_code == 201
    address = added.json()
    assert {name: address[name] for name in HOME} == HOME
    second = api.post(path, {**HOME, "city": "Bath"}).json()
    assert api.get(path).json() == {"items": [second, address]}
    assert api.delete(f"{path}/{address['id']}").status_code == 204
    assert kind_of(api.delete(f"{path}/{address['id']}")) == "address-not-found"
    assert api.get(path).json() == {"items": [second]}


def test_an_address_is_added_once(api, ada):
    path, key = f"/customers/{ada['id']}/addresses", {"Idempotency-Key": str(uuid.uuid4())}
    first, again = api.post(path, HOME, headers=key), api.post(path, HOME, headers=key)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert len(api.get(path).json()["items"]) == 1


def test_an_address_is_removed_once(api, ada):
    path, key = f"/customers/{ada['id']}/addresses", {"Idempotency-Key": str(uuid.uuid4())}
    address = api.post(path, HOME).json()
    answers = [api.delete(f"{path}/{address['id']}", headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]


@pytest.mark.parametrize("change", [{"country": "gb"}, {"city": ""}, {"street": "a\x00"}, {"x": 1}])
def test_a_bad_address_is_refused(api, ada, change):
    answer = api.post(f"/customers/{ada['id']}/addresses", {**HOME, **change})
    assert answer.status_code == 422


def test_nobody_has_addresses(api):
    for customer in (uuid.uuid4(), "x"):
        path = f"/customers/{customer}/addresses"
        assert kind_of(api.get(path)) == "customer-not-found"
        assert kind_of(api.post(path, HOME)) == "customer-not-found"


def test_addresses_are_few(api, ada):
    path = f"/customers/{ada['id']}/addresses"
    assert {api.post(path, HOME).status_code for _ in range(20)} == {201}
    assert kind_of(api.post(path, HOME)) == "conflict"


def test_an_address_of_another_customer_is_none(api, ada, register):
    eve = register("eve@example.com").json()
    address = api.post(f"/customers/{ada['id']}/addresses", HOME).json()
    answer = api.delete(f"/customers/{eve['id']}/addresses/{address['id']}")
    assert kind_of(answer) == "address-not-found"
