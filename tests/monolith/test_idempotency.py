import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from monolith.catalog.models import Command, Product


def _with_key(key):
    return {"headers": {"Idempotency-Key": str(key)}}


@pytest.mark.django_db
def test_a_repeated_creation_answers_the_same_bytes_and_creates_nothing(api, make_category, body):
    make_category()
    key = uuid.uuid4()
    first = api.post("/products", body(), **_with_key(key))
    again = api.post("/products", body(), **_with_key(key))
    assert again.status_code == 201
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Product.objects.count() == 1


@pytest.mark.django_db
def test_white_space_and_key_order_do_not_make_another_request(api, make_category, body):
    make_category()
    key = uuid.uuid4()
    api.post("/products", body(), **_with_key(key))
    turned = dict(reversed(body().items()))
    assert api.post("/products", turned, **_with_key(key))["Idempotency-Replayed"] == "true"


@pytest.mark.django_db
def test_a_key_used_for_another_request_is_a_422_and_changes_nothing(api, make_product, body):
    made = make_product()
    key = uuid.uuid4()
    assert api.patch(f"/products/{made['id']}", {"name": "A"}, **_with_key(key)).status_code == 200
    for response in (
        api.patch(f"/products/{made['id']}", {"name": "B"}, **_with_key(key)),
        api.delete(f"/products/{made['id']}", **_with_key(key)),
        api.post("/products", body("L-2"), **_with_key(key)),
    ):
        assert response.status_code == 422
        assert response.json()["type"] == "urn:problem:idempotency-key-reused"
    assert api.get(f"/products/{made['id']}").json()["name"] == "A"


@pytest.mark.django_db
def test_changes_and_deletions_are_replayed_too(api, make_product):
    made = make_product()
    key, path = uuid.uuid4(), f"/products/{made['id']}"
    first = api.patch(path, {"name": "New"}, **_with_key(key))
    api.patch(path, {"name": "Newer"})
    again = api.patch(path, {"name": "New"}, **_with_key(key))
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    key = uuid.uuid4()
    for replayed in (None, "true"):
        deleted = api.delete(path, **_with_key(key))
        assert (deleted.status_code, deleted.content) == (204, b"")
        assert deleted.headers.get("Idempotency-Replayed") == replayed
    assert Command.objects.get(pk=key).response is None


@pytest.mark.django_db
def test_a_refused_write_leaves_its_key_free(api, make_category, body):
    key = uuid.uuid4()
    assert api.post("/products", body(), **_with_key(key)).status_code == 422
    make_category()
    assert api.post("/products", body(), **_with_key(key)).status_code == 201


def _at_once(calls):
    barrier = threading.Barrier(len(calls))

    def run(call):
        barrier.wait(timeout=10)
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.parametrize("verb", ["create", "change", "delete"])
def test_of_twins_at_once_one_acts_and_the_others_replay(
    committed, make_product, make_category, body, api, *, verb
):
    made = make_product()
    for _ in range(5):
        key = uuid.uuid4()
        if verb == "create":
            wanted = body(f"T-{key}")
            calls = [lambda k=key, w=wanted: api.post("/products", w, **_with_key(k))] * 4
        elif verb == "change":
            path = f"/products/{made['id']}"
            calls = [lambda k=key, p=path: api.patch(p, {"name": str(k)}, **_with_key(k))] * 4
        else:
            path = f"/products/{make_product(f'D-{key}')['id']}"
            calls = [lambda k=key, p=path: api.delete(p, **_with_key(k))] * 4
        answers = _at_once(calls)
        assert len({(answer.status_code, answer.content) for answer in answers}) == 1
        assert answers[0].status_code in {200, 201, 204}
        assert sum("Idempotency-Replayed" in answer for answer in answers) == 3


def test_writers_of_one_product_raise_its_version_one_by_one(committed, make_product, api):
    path = f"/products/{make_product()['id']}"
    changes = [lambda n=n: api.patch(path, {"name": f"Name {n}"}) for n in range(8)]
    versions = sorted(answer.json()["version"] for answer in _at_once(changes))
    assert versions == list(range(2, 10))
    assert api.get(path).json()["version"] == 9
