"""The profile measures what the shop does, and says so when the shop does nothing."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from monolith.profiling import fence
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
    assert 6 <= costs["change a price"]["queries"] < 7
    # One more than it has to be would be seen here; see monolith/README.md.
    assert 16 <= costs["place an order"]["queries"] < 17


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


@pytest.fixture
def nets(owner):
    """How many tables have their net, and in which states: O is on."""
    query = "SELECT count(*), array_agg(DISTINCT tgenabled) FROM pg_trigger WHERE tgname = %s"
    return lambda: owner.execute(query, ("handover_fence",)).fetchone()


def compare_fences(monkeypatch, database):
    monkeypatch.setenv("MONOLITH_OWNER_DATABASE_URL", database["MONOLITH_OWNER_DATABASE_URL"])
    out = StringIO()
    call_command("fence_cost", "--rounds", "2", "--requests", "3", "--json", stdout=out)
    return json.loads(out.getvalue())


def test_a_write_is_compared_with_one_without_a_fence(
    merchant, make_product, monkeypatch, database, nets
):
    make_product()
    before = nets()
    states, doors = [], []
    timed, enter = fence._timed, fence.record._enter

    def seen(visit, requests):
        states.append(nets()[1])
        return timed(visit, requests)

    def counted(domain):
        doors.append(domain)
        return enter(domain)

    monkeypatch.setattr(fence, "_timed", seen)
    monkeypatch.setattr(fence.record, "_enter", counted)
    found = compare_fences(monkeypatch, database)
    assert found["requests of each"] == 6
    assert found["ratio"] > 0
    assert states == [["D"], ["O"], ["O"], ["D"]]
    # The buyer of the profile, and nobody while the fence is down.
    assert doors.count("catalog") == 2 * (fence.WARM_UP + 3)
    assert nets() == before == (before[0], ["O"])


def test_no_shop_loses_its_fence(merchant, make_product, monkeypatch, database, nets):
    make_product()
    before = nets()
    monkeypatch.setattr(fence, "SCRATCH", "nobody_")
    with pytest.raises(CommandError, match="would stand without its fence"):
        compare_fences(monkeypatch, database)
    assert nets() == before
