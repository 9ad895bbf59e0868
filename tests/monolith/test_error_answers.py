"""What goes wrong inside leaves as problem details: without HTML, without a reason for outsiders."""

import logging

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.middleware.security import SecurityMiddleware
from django.test import Client
from psycopg_pool import PoolTimeout

from monolith.customers import selectors

SECRET = "password=hunter2"


@pytest.fixture
def client():
    """As a server: an exception becomes an answer, and is not handed to the test."""
    return Client(raise_request_exception=False)


@pytest.fixture
def break_reads(monkeypatch):
    def break_reads(error):
        def fail(**_):
            raise error

        monkeypatch.setattr(selectors, "list_customers", fail)

    return break_reads


def problem_of(answer):
    assert answer["Content-Type"] == "application/problem+json"
    assert SECRET not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
    found = answer.json()
    assert found["status"] == answer.status_code
    return found["type"].removeprefix("urn:problem:")


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError, PoolTimeout])
def test_without_its_database_the_shop_asks_to_come_back(client, break_reads, kind):
    break_reads(kind(SECRET))
    answer = client.get("/api/v1/customers")
    assert (answer.status_code, problem_of(answer)) == (503, "unavailable")
    assert int(answer["Retry-After"]) >= 1


def test_what_nobody_expected_is_logged_and_not_told(client, break_reads, caplog):
    break_reads(RuntimeError(SECRET))
    with caplog.at_level(logging.ERROR):
        answer = client.get("/api/v1/customers")
    assert (answer.status_code, problem_of(answer)) == (500, "internal-error")
    assert SECRET in caplog.text


def test_what_breaks_outside_of_a_view_is_a_problem_too(client, monkeypatch):
    # The renderer runs when the view has long returned.
    monkeypatch.setattr(selectors, "list_customers", object)
    answer = client.get("/api/v1/customers")
    assert (answer.status_code, problem_of(answer)) == (500, "internal-error")


def test_what_django_finds_suspicious_is_a_400_without_its_reason(client, monkeypatch):
    def suspicious(*_):
        raise SuspiciousOperation(SECRET)

    monkeypatch.setattr(SecurityMiddleware, "process_request", suspicious)
    answer = client.get("/api/v1/customers")
    assert (answer.status_code, problem_of(answer)) == (400, "malformed-json")


@pytest.mark.parametrize(
    "path", ["/", "/api/v1", "/api/v1/nothing", "/api/v2/customers", "/static/x"]
)
def test_a_path_that_leads_nowhere_is_a_404(client, path):
    answer = client.get(path)
    assert (answer.status_code, problem_of(answer)) == (404, "not-found")


@pytest.mark.parametrize(
    "raw", ["/api/v1%2Fopenapi.json", "/api/v1%2fopenapi.json?x=1", "/api%5Cv1"]
)
def test_a_path_that_the_gateway_has_read_otherwise_is_a_404(client, raw):
    """Decoded it would be another: perhaps one behind a route with a plugin."""
    assert problem_of(client.get("/api/v1/openapi.json", RAW_URI=raw)) == "not-found"


def test_what_is_encoded_in_a_query_is_nobodys_business(client):
    raw = "/api/v1/openapi.json?next=%2Fapi%2F"
    assert client.get("/api/v1/openapi.json", {"next": "/api/"}, RAW_URI=raw).status_code != 404
