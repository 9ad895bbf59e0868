"""Whom reads of the catalog reach: by the weights, by a wish, or by what the reader has just written."""

from collections import Counter

import httpx
import pytest

from tests.strangling.conftest import OWNER, Shop

PRODUCTS = "/api/v1/products"
# In a canary the service's copy is behind by the lag; many tries, so that chance cannot hide it.
CHANGES = 30


@pytest.fixture
def door(system, merchant):
    with httpx.Client(base_url=system.gateway, auth=merchant, timeout=15) as client:
        yield client


def answered_by(client, **headers):
    answer = client.get(PRODUCTS, params={"limit": 1}, headers=headers)
    assert answer.status_code == 200
    return answer.headers["X-Served-By"]


def test_whoever_writes_sees_it_at_once(stage, door, category):
    product = Shop(door).create(category=category)
    path = f"{PRODUCTS}/{product['id']}"
    for amount in range(1, CHANGES):
        body = {"price": {"amount": amount, "currency": "EUR"}}
        changed = Shop(door).write("PATCH", path, body).json()
        # The client keeps its cookies here, as a browser does.
        seen = door.get(path)
        assert seen.json() == changed
        assert seen.headers["X-Served-By"] == OWNER[stage]
    assert Shop(door).write("DELETE", path).status_code == 204
    assert door.get(path).status_code == 404


def test_who_keeps_no_cookies_asks_for_the_owner(stage, door, category):
    product = Shop(door).create(category=category)
    door.cookies.clear()
    seen = door.get(f"{PRODUCTS}/{product['id']}", headers={"X-Canary": "never"})
    assert seen.json() == product
    assert seen.headers["X-Served-By"] == OWNER[stage]


def test_a_refused_write_moves_nobody(stage, door):
    assert Shop(door).write("POST", PRODUCTS, {"sku": ""}).status_code == 422
    assert "wrote_catalog" not in door.cookies


@pytest.mark.stages("monolith", "canary-50", "cutover")
def test_the_canary_can_be_asked_for_once_there_is_one(stage, door):
    wanted = "monolith" if stage == "monolith" else "catalog"
    assert {answered_by(door, **{"X-Canary": "always"}) for _ in range(20)} == {wanted}


@pytest.mark.stages("canary-50")
def test_a_wish_counts_more_than_what_was_written(stage, door, category):
    Shop(door).create(category=category)
    assert answered_by(door) == "monolith"
    assert answered_by(door, **{"X-Canary": "always"}) == "catalog"


@pytest.mark.stages("canary-50")
def test_a_client_keeps_its_side(stage, system):
    sides: Counter[str] = Counter()
    for _ in range(30):
        with httpx.Client(base_url=system.gateway) as client:
            first = answered_by(client)
            assert {answered_by(client) for _ in range(5)} == {first}
            sides[first] += 1
    # All thirty on one side: once in half a billion runs.
    assert sides.keys() == {"monolith", "catalog"}
