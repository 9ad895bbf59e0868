import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from monolith.customers.models import Address, Customer

ADA = {"email": "ada@example.com", "name": "Ada"}
ADDRESS = {
    "recipient": "Ada",
    "street": "1 Harbor Road",
    "postal_code": "1011",
    "city": "Amsterdam",
    "country": "NL",
}


def _with_key(key):
    return {"headers": {"Idempotency-Key": str(key)}}


@pytest.mark.django_db
def test_a_repeated_creation_answers_the_same_bytes_and_creates_nothing(api):
    key = uuid.uuid4()
    first = api.post("/customers", ADA, **_with_key(key))
    again = api.post("/customers", ADA, **_with_key(key))
    assert again.status_code == 201
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Customer.objects.count() == 1


@pytest.mark.django_db
def test_white_space_and_key_order_do_not_make_another_request(api):
    key = uuid.uuid4()
    api.post("/customers", ADA, **_with_key(key))
    turned = dict(reversed(ADA.items()))
    assert api.post("/customers", turned, **_with_key(key))["Idempotency-Replayed"] == "true"


@pytest.mark.django_db
def test_a_key_used_for_another_request_is_a_422_and_changes_nothing(api):
    key = uuid.uuid4()
    assert api.post("/customers", ADA, **_with_key(key)).status_code == 201
    other = api.post("/customers", {**ADA, "email": "bo@example.com"}, **_with_key(key))
    assert (other.status_code, other.json()["type"]) == (
        422,
        "urn:problem:idempotency-key-reused",
    )
    assert Customer.objects.count() == 1


@pytest.mark.django_db
def test_a_deletion_is_replayed_too(api):
    customer = api.post("/customers", ADA).json()
    path = f"/customers/{customer['id']}/addresses"
    address = api.post(path, ADDRESS).json()
    key = uuid.uuid4()
    for replayed in (None, "true"):
        deleted = api.delete(f"{path}/{address['id']}", **_with_key(key))
        assert (deleted.status_code, deleted.content) == (204, b"")
        assert deleted.headers.get("Idempotency-Replayed") == replayed
    assert not Address.objects.exists()


@pytest.mark.django_db
def test_a_refused_write_leaves_its_key_free(api):
    key = uuid.uuid4()
    assert api.post("/customers", {"name": "Ada"}, **_with_key(key)).status_code == 422
    assert api.post("/customers", ADA, **_with_key(key)).status_code == 201


def test_of_twins_at_once_one_acts_and_the_others_replay(committed, api):
    for number in range(5):
        key, wanted = uuid.uuid4(), {**ADA, "email": f"twin-{number}@example.com"}
        answers = _at_once([lambda k=key, w=wanted: api.post("/customers", w, **_with_key(k))] * 4)
        assert len({(answer.status_code, answer.content) for answer in answers}) == 1
        assert answers[0].status_code == 201
        assert sum("Idempotency-Replayed" in answer for answer in answers) == 3


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
