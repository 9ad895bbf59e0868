import json
import uuid

import pytest

from extracted.contracts.catalog import Quote
from extracted.contracts.reports import SalesQuery, SalesReport
from monolith.reports import remote, sales
from monolith.reports.rpc import RemoteUnavailable
from tests.monolith.factories import CustomerFactory

LAMP, BULB = uuid.uuid4(), uuid.uuid4()
DAYS = {"since": "2026-11-01", "until": "2026-11-30"}


def euros(amount):
    return {"amount": amount, "currency": "EUR"}


def bought(name, amount, **ids):
    return {**ids, "name": name, "orders": 1, "quantity": 1, "revenue": euros(amount)}


class Services:
    """Orders and catalog as they answer over RPC; each may be away."""

    def __init__(self, customer_id):
        self.away = set()
        self.report = {
            **DAYS,
            "orders": 2,
            "revenue": [euros(450)],
            "products": [
                bought("Lamp as bought", 300, product_id=str(LAMP)),
                bought("Bulb as bought", 150, product_id=str(BULB)),
            ],
            "customers": [
                {"customer_id": str(customer_id), "name": "", "orders": 2, "revenue": euros(450)}
            ],
        }

    def ask_orders(self, method, /, query, **_):
        assert method == "sales"
        self.asked("orders")
        return {**self.report, "since": query["since"], "until": query["until"]}

    def ask_catalog(self, method, /, product_ids, **_):
        assert method == "get_quotes"
        self.asked("catalog")
        quote = Quote.model_validate(
            {"product_id": str(LAMP), "name": "Lamp of today", "price": euros(100)}
        )
        return [quote.model_dump(mode="json")] if str(LAMP) in product_ids else []

    def asked(self, service):
        if service in self.away:
            raise ConnectionError(service)


@pytest.fixture
def services(db, monkeypatch):
    services = Services(CustomerFactory(name="Ada").id)
    orders = remote.RemoteOrders(ask=services.ask_orders)
    catalog = remote.RemoteCatalog(ask=services.ask_catalog)
    monkeypatch.setattr(
        sales.report_sales, "__kwdefaults__", {"orders": orders, "catalog": catalog}
    )
    return services


def test_the_sums_are_those_of_orders_and_the_names_those_of_today(api, services):
    report = api.get("/reports/sales", **DAYS).json()
    assert (report["orders"], report["revenue"]) == (2, [euros(450)])
    # One that is gone keeps the name under which it was bought.
    assert [row["name"] for row in report["products"]] == ["Lamp of today", "Bulb as bought"]
    assert [row["name"] for row in report["customers"]] == ["Ada"]


def test_who_bought_costs_one_question(api, services, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert api.get("/reports/sales", **DAYS).status_code == 200


def test_without_catalog_names_are_those_as_bought(api, services):
    services.away.add("catalog")
    products = api.get("/reports/sales", **DAYS).json()["products"]
    assert [row["name"] for row in products] == ["Lamp as bought", "Bulb as bought"]


def test_without_orders_there_is_no_report(api, services):
    services.away.add("orders")
    answer = api.get("/reports/sales", **DAYS)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem:unavailable")
    assert int(answer["Retry-After"]) >= 1


@pytest.mark.parametrize("nonsense", [None, [], {"orders": "many"}])
def test_what_is_no_report_is_none(nonsense):
    asked = remote.RemoteOrders(ask=lambda *_, **__: nonsense)
    with pytest.raises(RemoteUnavailable):
        asked.sales(SalesQuery.model_validate(DAYS))


def test_a_report_has_days(api, services):
    for bad in ({}, {**DAYS, "since": "soon"}, {"since": "2026-01-02", "until": "2026-01-01"}):
        assert api.get("/reports/sales", **bad).status_code == 422


def test_the_command_prints_the_same(api, services, capsys):
    from django.core.management import call_command

    call_command("sales_report", since=DAYS["since"], until=DAYS["until"])
    printed = json.loads(capsys.readouterr().out)
    assert printed == api.get("/reports/sales", **DAYS).json()
    SalesReport.model_validate(printed)
