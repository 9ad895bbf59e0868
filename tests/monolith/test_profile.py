"""The profile measures what the shop does, and says so when the shop does nothing."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from monolith.profiling.measure import measure

pytestmark = pytest.mark.usefixtures("committed")
PASSWORD = "only the merchant knows"


@pytest.fixture
def merchant(monkeypatch, api):
    monkeypatch.setenv("SEED_PASSWORD", PASSWORD)
    body = {"email": "merchant@shop.example", "name": "Merchant", "password": PASSWORD}
    assert api.post("/customers", body).status_code == 201


def profile(*options):
    out = StringIO()
    call_command("profile", "--requests", "3", "--top", "4", *options, stdout=out)
    return out.getvalue()


def test_the_three_endpoints_are_taken_apart(merchant, make_product):
    make_product()
    costs = {cost["name"]: cost for cost in json.loads(profile("--json"))}
    assert list(costs) == ["list products", "change a price", "place an order"]
    for cost in costs.values():
        assert 0 < cost["sql"] < cost["wall"]
        assert len(cost["functions"]) == 4
        assert all(0 < hot["share"] < 1 for hot in cost["functions"])
    # Once in a while a request looks for new keys, too: a fraction of a query on the average.
    assert 4 <= costs["change a price"]["queries"] < 5
    # One more than it has to be would be seen here; see monolith/README.md.
    assert 9 <= costs["place an order"]["queries"] < 10


@pytest.mark.slow
def test_people_read_a_line_for_each_function(merchant, make_product):
    make_product()
    lines = profile().splitlines()
    assert sum(line.endswith(" queries") for line in lines) == 3
    assert sum("%" in line for line in lines) == 12


def test_an_empty_shop_names_the_next_command(merchant):
    with pytest.raises(CommandError, match="make seed"):
        profile()


def test_without_the_password_nobody_signs_in(monkeypatch):
    monkeypatch.delenv("SEED_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="SEED_PASSWORD is not set"):
        profile()


def test_the_warm_up_is_not_counted(django_db_setup):
    calls = []
    cost = measure("nothing", lambda: calls.append(1), requests=5, top=1)
    assert (cost.queries, cost.sql) == (0, 0)
    assert len(calls) == 20 + 5 + 5
