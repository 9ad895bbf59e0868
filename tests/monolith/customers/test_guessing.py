import uuid
from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from django.test import Client


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
