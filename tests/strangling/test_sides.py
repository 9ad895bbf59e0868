"""Who answers at which stage, and that nobody could tell from the answer."""

import json
from uuid import uuid4

import pytest

from extracted.contracts.http import SECURITY_HEADERS
from tests.strangling.conftest import OWNER, answered_by, new_product
from tests.strangling.waiting import eventually

BOTH = ("shadow", "canary-50", "cutover")
READERS = {
    "monolith": {"monolith"},
    "shadow": {"monolith"},
    "canary-50": {"monolith", "catalog"},
    "cutover": {"catalog"},
    "back-at-monolith": {"monolith"},
}
PRODUCTS = "/api/v1/products"
A_PRODUCT = f"{PRODUCTS}/{uuid4()}"
JSON = {"Content-Type": "application/json"}


def body(**fields):
    return json.dumps(new_product(**fields)).encode()


# name: method, path, content, headers, status. Sent as raw bytes, as a rude client would.
BAD_WRITES = {
    "malformed JSON": ("POST", PRODUCTS, b"{", JSON, 400),
    "not UTF-8": ("POST", PRODUCTS, b'{"sku": "\xff"}', JSON, 400),
    "a list": ("POST", PRODUCTS, b"[]", JSON, 422),
    "nothing": ("POST", PRODUCTS, b"", JSON, 400),
    "deep nesting": ("POST", PRODUCTS, b"[" * 30_000, JSON, 400),
    "wrong types": ("POST", PRODUCTS, b'{"sku": 1, "name": [], "price": "free"}', JSON, 422),
    "missing fields": ("POST", PRODUCTS, b"{}", JSON, 422),
    "an unknown field": ("POST", PRODUCTS, body(color="red"), JSON, 422),
    "a negative price": (
        "POST",
        PRODUCTS,
        body(price={"amount": -1, "currency": "EUR"}),
        JSON,
        422,
    ),
    "a broken price": (
        "POST",
        PRODUCTS,
        body(price={"amount": 1.5, "currency": "EUR"}),
        JSON,
        422,
    ),
    "a huge price": (
        "POST",
        PRODUCTS,
        body(price={"amount": 10**30, "currency": "EUR"}),
        JSON,
        422,
    ),
    "U+0000": ("POST", PRODUCTS, body(name="a\x00b"), JSON, 422),
    "a lone surrogate": ("POST", PRODUCTS, body(name="\ud800"), JSON, 400),
    "an unknown category": ("POST", PRODUCTS, body(category="no-such-shelf"), JSON, 422),
    "1 MiB": ("POST", PRODUCTS, b" " * 2**20, JSON, 413),
    "not JSON": ("POST", PRODUCTS, b"sku=1", {"Content-Type": "text/plain"}, 415),
    "no key": ("POST", PRODUCTS, body(), {**JSON, "Idempotency-Key": ""}, 400),
    "a bad key": ("POST", PRODUCTS, body(), {**JSON, "Idempotency-Key": "1"}, 400),
    "nothing to change": ("PATCH", A_PRODUCT, b"{}", JSON, 422),
    "null": ("PATCH", A_PRODUCT, b'{"name": null}', JSON, 422),
    "an unknown product": ("PATCH", A_PRODUCT, b'{"name": "x"}', JSON, 404),
    "an id that is none": ("DELETE", f"{PRODUCTS}/1", b"", {}, 404),
    "a method that is none": ("PUT", A_PRODUCT, b"{}", JSON, 405),
}
BAD_READS = {
    "an unknown product": (A_PRODUCT, 404),
    "an id that is none": (f"{PRODUCTS}/1%20", 404),
    "a limit too high": (f"{PRODUCTS}?limit=1000", 422),
    "a limit that is none": (f"{PRODUCTS}?limit=x", 422),
    "an unknown parameter": (f"{PRODUCTS}?color=red", 422),
    "a parameter twice": (f"{PRODUCTS}?limit=1&limit=2", 422),
    "a forged cursor": (f"{PRODUCTS}?cursor=WyJ4Il0", 422),
    "U+0000 in a search": (f"{PRODUCTS}?search=a%00b", 422),
    "a trailing slash": (f"{PRODUCTS}/", 404),
}


def bad_write(door, name):
    method, path, content, headers, _ = BAD_WRITES[name]
    key = {"Idempotency-Key": str(uuid4())}
    return door.client.request(method, path, content=content, headers={**key, **headers})


def test_reads_are_answered_by_who_should(stage, system):
    assert answered_by(f"{system.gateway}{PRODUCTS}?limit=1") == READERS[stage]


@pytest.mark.stages(*BOTH)
@pytest.mark.parametrize("door", ["gateway", "monolith", "catalog"])
def test_a_write_at_any_door_reaches_the_owner_once(stage, open_door, category, door):
    key, content = {"Idempotency-Key": str(uuid4())}, new_product(category=category)
    response = open_door(door).write("POST", PRODUCTS, content, headers=key)
    assert response.status_code == 201
    assert response.headers["X-Served-By"] == OWNER[stage]
    # The same key at every other door is the same write.
    for other in ("gateway", "monolith", "catalog"):
        again = open_door(other).write("POST", PRODUCTS, content, headers=key)
        assert again.json() == response.json()
        assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.stages(*BOTH)
def test_a_forwarded_write_is_not_forwarded_again(stage, open_door, category):
    wrong_side = "monolith" if OWNER[stage] == "catalog" else "catalog"
    response = open_door(wrong_side).write(
        "POST", PRODUCTS, new_product(category=category), headers={"X-Forwarded-Write": "1"}
    )
    assert response.status_code == 421
    assert response.json()["type"] == "urn:problem:not-owner"


@pytest.mark.parametrize("name", BAD_WRITES)
def test_a_bad_write_is_refused_with_reasons(stage, shop, name):
    response = bad_write(shop, name)
    assert response.status_code == BAD_WRITES[name][4], response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["type"].startswith("urn:problem:")
    assert {"title", "detail"} <= problem.keys()


@pytest.mark.stages(*BOTH)
@pytest.mark.parametrize("name", BAD_WRITES)
def test_a_bad_write_is_refused_alike_on_both_sides(stage, open_door, name):
    answers = [bad_write(open_door(door), name) for door in ("monolith", "catalog")]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers.get("Allow") == answers[1].headers.get("Allow")


@pytest.mark.parametrize("name", BAD_READS)
def test_a_bad_read_is_refused_with_reasons(stage, shop, name):
    path, status = BAD_READS[name]
    response = shop.client.get(path)
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.stages(*BOTH)
@pytest.mark.parametrize("name", BAD_READS)
def test_a_bad_read_is_refused_alike_on_both_sides(stage, open_door, name):
    answers = [open_door(door).client.get(BAD_READS[name][0]) for door in ("monolith", "catalog")]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].json() == answers[1].json()


@pytest.mark.stages(*BOTH)
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/categories",
        "/api/v1/products?limit=50",
        "/api/v1/products?sort=name&limit=7",
        "/api/v1/products?sort=-price&min_price=1000",
        "/api/v1/products?search=copper",
        "/api/v1/products?search=coper+blankt&sort=price&limit=7",
        "/api/v1/products?search=lanp&limit=5",
        "/api/v1/products?category=kitchen",
        "/api/v1/products?category=kitchen&sort=price&limit=7",
        "/api/v1/products?category=no-such-shelf",
    ],
)
def test_both_sides_answer_a_read_with_the_same_bytes(stage, open_door, path):
    m, s = open_door("monolith"), open_door("catalog")
    eventually(
        lambda: m.client.get(path).content == s.client.get(path).content,
        what=f"both sides to agree on {path}",
    )


def test_bad_input_changes_nothing(stage, shop, open_door):
    newest = {"sort": "newest", "limit": 1}
    owner = open_door(OWNER[stage])
    before = owner.get(PRODUCTS, **newest).json()
    for name in BAD_WRITES:
        bad_write(shop, name)
    assert owner.get(PRODUCTS, **newest).json() == before


@pytest.mark.parametrize("path", ["/api/v1/categories", "/api/v1/products/nothing"])
def test_both_sides_tell_browsers_to_be_careful(open_door, stage, path):
    for side in ("monolith", "catalog"):
        told = open_door(side).get(path).headers
        assert {name: told.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
