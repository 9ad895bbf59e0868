"""What a client of the catalog may rely on, whoever answers."""

from uuid import uuid4

import pytest

from tests.strangling.conftest import OWNER, new_product
from tests.strangling.waiting import eventually


@pytest.fixture
def product(stage, shop, category):
    return shop.create(category=category)


def test_a_created_product_can_be_read(stage, shop, product):
    shop.sees(product)
    assert product["version"] == 1


def test_a_change_is_answered_by_the_owner_and_read_afterwards(stage, shop, product):
    path = f"/api/v1/products/{product['id']}"
    response = shop.write("PATCH", path, {"price": {"amount": 5, "currency": "EUR"}})
    assert response.status_code == 200
    assert response.headers["X-Served-By"] == OWNER[stage]
    changed = response.json()
    assert changed["price"]["amount"] == 5
    assert changed["version"] == 2
    assert changed["name"] == product["name"]
    shop.sees(changed)


def test_a_deleted_product_is_gone(stage, shop, product):
    path = f"/api/v1/products/{product['id']}"
    response = shop.write("DELETE", path)
    assert (response.status_code, response.content) == (204, b"")
    again = shop.write("DELETE", path)
    assert again.status_code == 404
    assert again.json()["type"] == "urn:problem:product-not-found"


def test_a_repeated_write_happens_once(stage, shop, category):
    key, body = {"Idempotency-Key": str(uuid4())}, new_product(category=category)
    first = shop.write("POST", "/api/v1/products", body, headers=key)
    again = shop.write("POST", "/api/v1/products", body, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == f"/api/v1/products/{first.json()['id']}"


def test_a_key_used_for_another_request_is_refused(stage, shop, product, category):
    key = {"Idempotency-Key": str(uuid4())}
    body = new_product(category=category)
    shop.write("POST", "/api/v1/products", body, headers=key)
    other = shop.write("POST", "/api/v1/products", {**body, "name": "Other"}, headers=key)
    assert other.status_code == 422
    assert other.json()["type"] == "urn:problem:idempotency-key-reused"


def test_a_taken_sku_is_a_conflict(stage, shop, product, category):
    body = new_product(sku=product["sku"], category=category)
    response = shop.write("POST", "/api/v1/products", body)
    assert response.status_code == 409
    assert response.json()["type"] == "urn:problem:sku-taken"


@pytest.mark.parametrize("sort", ["newest", "name", "price", "-price"])
def test_paging_shows_everything_once_and_in_order(stage, open_door, sort):
    # One side at a time: a cursor walk across replicas may miss what is written meanwhile.
    door = open_door(OWNER[stage])
    seen, cursor = [], {}
    while cursor is not None:
        page = door.get("/api/v1/products", sort=sort, limit=37, **cursor).json()
        seen += page["items"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert len({item["id"] for item in seen}) == len(seen) >= 300
    order = {
        "newest": lambda item: [-int(item["id"].replace("-", ""), 16)],
        "name": lambda item: [item["name"], item["id"]],
        "price": lambda item: [item["price"]["amount"], item["id"]],
        "-price": lambda item: [-item["price"]["amount"], -int(item["id"].replace("-", ""), 16)],
    }[sort]
    assert seen == sorted(seen, key=order)


def test_filters_narrow_the_list(stage, shop, category):
    items = shop.get("/api/v1/products", category=category, limit=100).json()["items"]
    assert items
    assert category in (slugs := {item["category"]["slug"] for item in items})
    assert slugs <= branch(shop, category)
    cheap = shop.get("/api/v1/products", max_price=20000, min_price=100, limit=100).json()["items"]
    assert all(100 <= item["price"]["amount"] <= 20000 for item in cheap)
    assert shop.get("/api/v1/products", category="no-such-shelf").json()["items"] == []


def branch(shop, top):
    """Return the slugs of a category and all below it."""
    shelves = shop.get("/api/v1/categories").json()["items"]
    found, size = {top}, 0
    while len(found) > size:
        size = len(found)
        found |= {shelf["slug"] for shelf in shelves if shelf["parent"] in found}
    return found


def test_categories_form_a_tree(stage, shop):
    shelves = shop.get("/api/v1/categories").json()["items"]
    slugs = {shelf["slug"] for shelf in shelves}
    assert {shelf["parent"] for shelf in shelves} - {None} < slugs
    tops = [shelf["slug"] for shelf in shelves if shelf["parent"] is None]
    assert 0 < len(tops) < len(shelves)
    assert set().union(*(branch(shop, top) for top in tops)) == slugs


def test_a_category_stands_for_all_below_it(stage, shop):
    shelves = shop.get("/api/v1/categories").json()["items"]
    above, below = next((s["parent"], s["slug"]) for s in shelves if s["parent"])
    product = shop.create(category=below)
    shop.sees(product)
    for slug in (above, below):
        newest = shop.get("/api/v1/products", category=slug, limit=1).json()["items"]
        assert [item["id"] for item in newest] == [product["id"]]
    inside = [s["slug"] for s in shelves if s["slug"] not in branch(shop, above)]
    elsewhere = shop.get("/api/v1/products", category=inside[0], limit=1).json()["items"]
    assert product["id"] not in {item["id"] for item in elsewhere}


def test_search_finds_all_words_in_any_order(stage, shop, category):
    product = shop.create(
        category=category, name=f"Zweifel {uuid4().hex}", description="Ein seltenes Stück"
    )
    shop.sees(product)
    word = product["name"].split()[1]
    found = shop.get("/api/v1/products", search=f"seltenes {word}").json()["items"]
    assert [item["id"] for item in found] == [product["id"]]
    assert shop.get("/api/v1/products", search=f"{word} anders").json()["items"] == []


def test_misspelt_words_are_found_where_nothing_is_spelt_so(stage, shop, category):
    mark = uuid4().hex
    product = shop.create(category=category, name="Umbrella of wickerwork", description=mark)
    shop.sees(product)

    def found(text):
        items = shop.get("/api/v1/products", search=text).json()["items"]
        return [item["id"] for item in items]

    assert found(f"umbrela {mark}") == [product["id"]]
    assert found(f"WICKERWROK umbrelllas {mark}") == [product["id"]]
    assert found(f"umbrela {mark} anders") == []
    # A word of the description must be spelt right, and what is spelt right hides what is alike.
    assert found(f"umbrella {mark[:-4]}") == []
    other = shop.create(category=category, name="Umbrela of wickerwork", description=mark)
    shop.sees(other)
    assert found(f"umbrela {mark}") == [other["id"]]
    assert found(f"umbrelaa {mark}") == [other["id"], product["id"]]


@pytest.mark.parametrize("path", ["/api/v1/products/{}", "/api/v1/products", "/api/v1/categories"])
def test_who_has_it_already_is_told_so_by_every_side(stage, shop, open_door, product, path):
    shop.sees(product)
    path = path.format(product["id"])
    shown = open_door(OWNER[stage]).get(path)
    known = {"If-None-Match": f'"other", W/{shown.headers["ETag"]}'}

    def told():
        # Several answers in a row: a canary has more than one side, and replicas lag.
        answers = [shop.client.get(path, headers=known) for _ in range(6)]
        return {(a.status_code, a.content, a.headers["ETag"]) for a in answers}

    eventually(lambda: told() == {(304, b"", shown.headers["ETag"])}, what="a 304 from each side")
    assert shop.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_change_makes_another_etag_and_says_it(stage, shop, product):
    path = f"/api/v1/products/{product['id']}"
    shop.sees(product)
    before = shop.get(path).headers["ETag"]
    changed = shop.write("PATCH", path, {"name": "Another name"})
    shop.sees(changed.json())
    shown = shop.client.get(path, headers={"If-None-Match": before})
    assert shown.status_code == 200
    assert changed.headers["ETag"] == shown.headers["ETag"] != before


def test_correlation_ids_are_kept_or_made(stage, shop):
    mine = str(uuid4())
    response = shop.client.get("/api/v1/categories", headers={"X-Correlation-ID": mine})
    assert response.headers["X-Correlation-ID"] == mine
    assert shop.get("/api/v1/categories").headers["X-Correlation-ID"]
