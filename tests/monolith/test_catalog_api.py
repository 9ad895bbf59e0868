import uuid
from contextlib import closing

import pytest

from monolith.catalog import models
from monolith.outbox.record import recorded
from monolith.web import health
from monolith.web.broker import Broker

pytestmark = pytest.mark.django_db


def test_a_created_product_is_shown_as_it_was_answered(api, make_product):
    made = make_product(name="Lampe für Ärzte")
    shown = api.get(f"/products/{made['id']}")
    assert shown.json() == made
    assert shown["X-Served-By"] == "monolith"
    assert shown["Content-Type"] == "application/json"
    assert "Ärzte".encode() in shown.content
    assert b'": ' not in shown.content


def test_who_has_it_already_gets_a_304(api, client, make_product):
    path = f"/api/v1/products/{make_product()['id']}"
    tag = client.get(path)["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        assert "Content-Type" not in answer
        assert answer["X-Served-By"] == "monolith"
    for stale in ('"other"', tag.strip('"'), ""):
        assert client.get(path, headers={"If-None-Match": stale}).status_code == 200
    assert client.head(path, headers={"If-None-Match": tag}).status_code == 304
    changed = api.patch(path.removeprefix("/api/v1"), {"name": "Another"})
    shown = client.get(path, headers={"If-None-Match": tag})
    assert (shown.status_code, shown["ETag"]) == (200, changed["ETag"])


def test_lists_have_tags_too_and_problems_have_none(api, client, make_product):
    make_product()
    for path in ("/api/v1/products", "/api/v1/categories"):
        tag = client.get(path)["ETag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert "ETag" not in api.get("/products", limit="none")
    assert "ETag" not in api.get(f"/products/{uuid.uuid4()}")


def test_creating_says_where_the_product_is(api, make_category, body):
    make_category()
    response = api.post("/products", body())
    assert response.status_code == 201
    assert response["Location"] == f"/api/v1/products/{response.json()['id']}"


def test_a_change_touches_what_it_names_and_raises_the_version(api, make_product):
    made = make_product()
    changed = api.patch(f"/products/{made['id']}", {"price": {"amount": 1, "currency": "EUR"}})
    assert changed.status_code == 200
    assert changed.json()["price"] == {"amount": 1, "currency": "EUR"}
    assert changed.json()["version"] == 2
    assert changed.json()["name"] == made["name"]
    assert changed.json()["updated_at"] > made["updated_at"]
    assert changed.json()["created_at"] == made["created_at"]
    assert api.get(f"/products/{made['id']}").json() == changed.json()


def test_a_deleted_product_is_gone(api, make_product):
    made = make_product()
    deleted = api.delete(f"/products/{made['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api.get(f"/products/{made['id']}").status_code == 404
    assert api.delete(f"/products/{made['id']}").status_code == 404


@pytest.mark.parametrize("sort", ["newest", "name", "price", "-price"])
def test_pages_show_every_product_once_and_in_order(api, make_product, sort):
    for number in range(7):
        # Equal names and prices, so that ties are broken too.
        price = {"amount": 100 * (number // 2), "currency": "EUR"}
        make_product(f"P-{number}", name=f"Lamp {number // 3}", price=price)
    whole = api.get("/products", sort=sort, limit=100).json()["items"]
    seen, cursor = [], None
    while True:
        query = {"sort": sort, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = api.get("/products", **query).json()
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole
    assert len({item["id"] for item in seen}) == 7


def test_each_sort_orders_by_value_then_id(api, make_product):
    a = make_product("A", name="b", price={"amount": 2, "currency": "EUR"})["id"]
    b = make_product("B", name="B", price={"amount": 2, "currency": "EUR"})["id"]
    c = make_product("C", name="a", price={"amount": 1, "currency": "EUR"})["id"]

    def ids(sort):
        return [item["id"] for item in api.get("/products", sort=sort).json()["items"]]

    assert ids("newest") == [c, b, a]
    assert ids("name") == [b, c, a]  # C collation: capitals first
    assert ids("price") == [c, a, b]
    assert ids("-price") == [b, a, c]


def test_filters_narrow_the_list(api, make_product, make_category):
    make_product("A", name="Oak table", price={"amount": 100, "currency": "EUR"})
    make_product("B", name="Oak chair", price={"amount": 200, "currency": "EUR"})
    make_category("chairs")
    make_product("C", name="Steel chair", category="chairs", description="No wood at all.")

    def skus(**query):
        return {item["sku"] for item in api.get("/products", **query).json()["items"]}

    assert skus(search="oak") == {"A", "B"}
    assert skus(search="CHAIR oak") == {"B"}
    assert skus(search="wood") == {"C"}
    assert skus(search="woo") == set()
    assert skus(search="'; drop table --") == set()
    assert skus(category="chairs") == {"C"}
    assert skus(category="nowhere") == set()
    assert skus(min_price=200) == {"B", "C"}
    assert skus(max_price=200) == {"A", "B"}
    assert skus(min_price=101, max_price=200) == {"B"}


def test_misspelt_words_are_found_and_paged(api, make_product):
    for number in range(5):
        make_product(f"A-{number}", name=f"Copper kettle {number}", description="For tea.")
    make_product("B", name="Steel kettle", description="Hums.")

    def skus(**query):
        return [item["sku"] for item in api.get("/products", **query).json()["items"]]

    assert set(skus(search="coper")) == {f"A-{number}" for number in range(5)}
    assert skus(search="coper hums") == []
    assert skus(search="kettl hums steell") == ["B"]
    assert skus(search="--- !") == []
    assert skus(search="coper", min_price=999_999) == []
    first = api.get("/products", search="coper", sort="name", limit=3).json()
    rest = api.get("/products", search="coper", sort="name", cursor=first["next_cursor"]).json()
    assert [p["sku"] for p in first["items"] + rest["items"]] == [f"A-{n}" for n in range(5)]


def test_categories_are_listed_by_slug(api, make_category):
    above = make_category("b-shelf")
    make_category("a-shelf", parent=above)
    found = api.get("/categories").json()["items"]
    assert [(item["slug"], item["parent"]) for item in found] == [
        ("a-shelf", "b-shelf"),
        ("b-shelf", None),
    ]
    assert list(found[0]) == ["id", "slug", "name", "parent"]


def test_a_category_stands_for_all_below_it(api, make_product, make_category):
    make_product("A")
    things = make_category("things")
    chairs = make_category("chairs", parent=things)
    make_category("stools", parent=chairs)
    for sku, category in (("B", "things"), ("C", "chairs"), ("D", "stools")):
        make_product(sku, category=category)

    def skus(**query):
        return [
            item["sku"] for item in api.get("/products", sort="newest", **query).json()["items"]
        ]

    assert skus(category="things") == ["D", "C", "B"]
    assert skus(category="chairs") == ["D", "C"]
    assert skus(category="stools") == ["D"]
    assert skus(category="lamps") == ["A"]


def test_even_a_circle_of_categories_ends(api, make_product, make_category):
    make_product("A")
    things = make_category("things")
    chairs = make_category("chairs", parent=things)
    make_product("B", category="chairs")
    with recorded("catalog"):
        models.Category.objects.filter(pk=things.pk).update(parent=chairs)
    assert [p["sku"] for p in api.get("/products", category="things").json()["items"]] == ["B"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/products", {"limit": "0"}),
        ("/products", {"limit": "101"}),
        ("/products", {"limit": "many"}),
        ("/products", {"sort": "color"}),
        ("/products", {"search": "a\x00b"}),
        ("/products", {"search": ""}),
        ("/products", {"cursor": "bm9uc2Vuc2U"}),
        ("/products", {"cursor": "\x00"}),
        ("/products", {"min_price": "-1"}),
        ("/products", {"unknown": "1"}),
        ("/products", {"limit": ["1", "2"]}),
    ],
)
def test_a_bad_query_is_a_422(api, path, query):
    response = api.get(path, **query)
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == "urn:problem:invalid-input"
    assert response.json()["errors"]


def _without(body, name):
    return {key: value for key, value in body.items() if key != name}


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        (lambda b: b'{"sku": ', 400, "malformed-json"),
        (lambda b: b"\xff\xfe", 400, "malformed-json"),
        (lambda b: b"", 400, "malformed-json"),
        (lambda b: [b], 422, "invalid-input"),
        (lambda b: _without(b, "sku"), 422, "invalid-input"),
        (lambda b: {**b, "name": 7}, 422, "invalid-input"),
        (lambda b: {**b, "name": "a\x00b"}, 422, "invalid-input"),
        (lambda b: {**b, "extra": 1}, 422, "invalid-input"),
        (lambda b: {**b, "price": {"amount": -1, "currency": "EUR"}}, 422, "invalid-input"),
        (lambda b: {**b, "price": {"amount": 1.5, "currency": "EUR"}}, 422, "invalid-input"),
        (lambda b: {**b, "price": {"amount": 1, "currency": "XXX"}}, 422, "invalid-input"),
        (lambda b: {**b, "category": "nowhere"}, 422, "unknown-category"),
        (lambda b: b"[" * 30_000, 400, "malformed-json"),
        (lambda b: b"x" * 1_048_576, 413, "body-too-large"),
    ],
    ids=[
        "broken off",
        "not UTF-8",
        "empty",
        "a list",
        "without sku",
        "name a number",
        "NUL in the name",
        "unknown field",
        "negative price",
        "half a cent",
        "unknown currency",
        "unknown category",
        "nested too deep",
        "1 MiB",
    ],
)
def test_a_bad_body_gets_its_problem_and_changes_nothing(
    api, make_category, body, *, change, status, kind
):
    make_category()
    response = api.post("/products", change(body()))
    assert (response.status_code, response.json()["type"]) == (status, f"urn:problem:{kind}")
    assert response.json()["status"] == status
    assert response["Content-Type"] == "application/problem+json"
    assert api.get("/products").json()["items"] == []


def test_other_content_types_are_a_415(api, body):
    assert api.post("/products", body(), content_type="text/plain").status_code == 415


@pytest.mark.parametrize(
    ("key", "kind"), [(None, "missing-idempotency-key"), ("soon", "invalid-idempotency-key")]
)
def test_a_write_without_a_proper_key_is_a_400(api, body, key, kind):
    response = api.post("/products", body(), headers={"Idempotency-Key": key})
    assert (response.status_code, response.json()["type"]) == (400, f"urn:problem:{kind}")


def test_a_taken_sku_is_a_409(api, make_product, body):
    make_product()
    response = api.post("/products", body(name="Another"))
    assert (response.status_code, response.json()["type"]) == (409, "urn:problem:sku-taken")


@pytest.mark.parametrize("product_id", [str(uuid.uuid4()), "nonsense", "%00", "1"])
def test_an_unknown_product_is_a_404_to_everybody(api, product_id):
    change = {"name": "New"}
    for response in (
        api.get(f"/products/{product_id}"),
        api.patch(f"/products/{product_id}", change),
        api.delete(f"/products/{product_id}"),
    ):
        assert response.status_code == 404
        assert response.json()["type"] == "urn:problem:product-not-found"


@pytest.mark.parametrize("change", [{}, {"name": None}, {"sku": "NEW"}])
def test_a_change_must_change_something_that_may_change(api, make_product, change):
    made = make_product()
    assert api.patch(f"/products/{made['id']}", change).status_code == 422
    assert api.get(f"/products/{made['id']}").json() == made


def test_other_methods_are_a_405_that_says_what_is_allowed(api):
    for method in ("PUT", "OPTIONS"):
        response = api.write(method, "/products")
        assert response.status_code == 405
        assert response.json()["type"] == "urn:problem:method-not-allowed"
        assert set(response["Allow"].split(", ")) >= {"GET", "POST"}


def test_unknown_paths_are_problems_too(api):
    response = api.get("/nowhere")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:problem:not-found"
    assert response["X-Served-By"] == "monolith"


def test_the_correlation_id_is_echoed_or_made(client):
    given = client.get("/healthz", headers={"X-Correlation-ID": "abc-1"})
    assert given["X-Correlation-ID"] == "abc-1"
    made = client.get("/healthz", headers={"X-Correlation-ID": "no spaces\tplease"})
    assert made["X-Correlation-ID"] not in {"", "no spaces\tplease"}


def test_health_readiness_and_metrics_answer(client, vhost, monkeypatch):
    with closing(Broker(vhost)) as broker:
        monkeypatch.setattr(health, "BROKER", broker)
        assert client.get("/healthz").json() == {"status": "alive"}
        assert client.get("/readyz").json()["status"] == "ready"
    assert b"monolith_request_seconds_bucket" in client.get("/metrics").content


def test_an_invented_method_makes_no_time_series_of_its_own(client):
    assert client.generic("BREW", "/api/v1/products").status_code == 405
    assert client.generic("BREW", "/nowhere").status_code == 404
    exposed = client.get("/metrics").content
    assert b"BREW" not in exposed
    assert b'method="other"' in exposed
