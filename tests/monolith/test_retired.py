"""The monolith whose tables were retired, domain by domain, and which runs on with its old code."""

import json
from collections.abc import Iterator

import psycopg
import pytest

from handover import retiring
from handover.operator import Hand
from stack import testing
from tests.monolith.conftest import run_manage
from tests.monolith.retiring import retire

DOMAINS = ("catalog", "inventory", "notifications", "orders", "payments")
# What an old process does: it asks for readiness, reads by a view and by a model, and writes.
OLD_PROCESS = """
import json
from django.db import DatabaseError
from django.test import Client
from monolith.catalog.models import Product
from monolith.orders.models import Order
client, told = Client(raise_request_exception=False), {}
for path in ("/healthz", "/api/v1/products"):
    told[path] = client.get(path).status_code
for model in (Product, Order):
    for name, act in (("read", lambda: model.objects.count()), ("write", lambda: model.objects.update(version=1))):
        try:
            act()
        except DatabaseError as error:
            told[f"{model.__name__} {name}"] = error.__cause__.sqlstate
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def retired(servers: dict[str, str]) -> Iterator[dict[str, str]]:
    """All domains, on a database with the monolith's real tables."""
    with testing.scratch_database("monolith") as variables:
        run_manage("migrate", "--verbosity", "0", variables=variables)
        retire(variables, DOMAINS)
        yield variables


@pytest.mark.slow
def test_an_old_process_lives_on_and_is_told_why(retired: dict[str, str]) -> None:
    told = json.loads(
        run_manage("shell", "-c", OLD_PROCESS, variables=retired).stdout.splitlines()[-1]
    )
    assert told == {
        "/healthz": 200,
        "/api/v1/products": 503,
        "Product read": "DM005",
        "Product write": "DM001",
        "Order read": "DM005",
        "Order write": "DM001",
    }


@pytest.mark.slow
def test_nothing_of_the_domains_is_left_but_their_fences(retired: dict[str, str]) -> None:
    with psycopg.connect(retired["MONOLITH_OWNER_DATABASE_URL"]) as owner:
        for domain in DOMAINS:
            left = owner.execute("SELECT handover.tables_of(%s)", (domain,)).fetchall()
            assert left == []
        schemas = owner.execute("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'retired_%'")
        assert schemas.fetchall() == []


@pytest.mark.slow
def test_nothing_is_set_aside_without_a_dump_and_nothing_dropped_that_was_not(
    servers: dict[str, str],
) -> None:
    with testing.scratch_database("monolith") as variables:
        run_manage("migrate", "--verbosity", "0", variables=variables)
        with Hand.connect(variables["STRANGLER_MONOLITH_DATABASE_URL"], side="monolith") as hand:
            for act in (
                lambda: retiring.begin(hand, "catalog"),  # it owns them
                lambda: retiring.set_aside(hand, "catalog", lock_timeout_ms=100),
                lambda: retiring.drop_aside(hand, "catalog", lock_timeout_ms=100),
            ):
                with pytest.raises(psycopg.Error) as refused:
                    act()
                assert refused.value.sqlstate == "DM004"
