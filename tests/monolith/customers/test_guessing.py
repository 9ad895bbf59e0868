import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client

from monolith.customers import passwords
from monolith.customers.models import Customer


def guess(_):
    try:
        answer = Client().post(
            "/api/v1/sessions",
            {"email": "ada@example.com", "password": "guess"},
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        return answer.status_code
    finally:
        connections.close_all()


def test_many_guesses_at_once_are_not_more_guesses(committed, register, settings):
    settings.SIGN_IN_TRIES = 5
    assert register().status_code == 201
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(guess, range(24)))
    assert (found.count(401), found.count(429)) == (5, 19)


@pytest.mark.parametrize("other", ["AIDA@example.com", "a\u0130da@example.com"], ids=ascii)
def test_an_account_has_one_count_however_it_is_spelled(
    committed, register, sign_in, settings, other
):
    """The capital I with a dot becomes the i that everybody knows."""
    settings.SIGN_IN_TRIES = 2
    assert register(email="aida@example.com").status_code == 201
    tried = [sign_in(address, "a guess").status_code for address in ("aida@example.com", other) * 2]
    assert tried == [401, 401, 429, 429]


def test_letters_that_share_a_capital_are_two_addresses(committed, register, sign_in):
    """The i without a dot has the capital of the other."""
    other = "al\u0131ce@example.com"
    assert register(email="alice@example.com").status_code == 201
    assert sign_in(other).status_code == 401
    assert register(email=other).status_code == 201
    call_command("grant_role", "alice@example.com", "staff")
    named = Customer.objects.filter(roles=["staff"]).values_list("email", flat=True)
    assert list(named) == ["alice@example.com"]


def test_one_address_registers_so_many_and_then_waits(committed, register, settings):
    settings.REGISTRATIONS_PER_ADDRESS = 2
    found = [register(email=f"ada{number}@example.com") for number in range(3)]
    assert [answer.status_code for answer in found] == [201, 201, 429]
    assert found[-1].headers["Retry-After"]
    elsewhere = {"X-Forwarded-For": "192.0.2.7"}
    assert register(email="ada2@example.com", headers=elsewhere).status_code == 201


def test_what_is_sent_again_is_answered_without_hashing(committed, register, settings, monkeypatch):
    settings.REGISTRATIONS_PER_ADDRESS = 1
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = register(headers=key)
    monkeypatch.setattr(passwords, "hashed", None)
    again = register(headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
