"""A customer who can sign in, and nothing remembered from the test before."""

import pytest
from django.core.cache import cache

from monolith.customers import keys
from monolith.web import authentication

PASSWORD = "a long walk by the sea"


@pytest.fixture(autouse=True)
def forgotten():
    keys.forget()
    authentication.KEYS.forget()
    yield
    keys.forget()
    authentication.KEYS.forget()
    cache.clear()


@pytest.fixture
def register(api):
    def register(email="ada@example.com", password=PASSWORD, **options):
        body = {"email": email, "name": "Ada", "password": password}
        return api.post("/customers", body, **options)

    return register


@pytest.fixture
def ada(register):
    return register().json()


@pytest.fixture
def sign_in(api):
    def sign_in(email="ada@example.com", password=PASSWORD, **options):
        return api.post("/sessions", {"email": email, "password": password}, **options)

    return sign_in


@pytest.fixture
def refresh(api):
    return lambda token, **options: api.post(
        "/sessions/refresh", {"refresh_token": token}, **options
    )


def kind_of(response):
    return response.json()["type"].removeprefix("urn:problem:")
