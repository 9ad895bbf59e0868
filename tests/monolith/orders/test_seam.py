"""The door into orders: who is asked for the sums, and what is made of no answer."""

from datetime import date
from uuid import uuid4

import pytest

from extracted.contracts.reports import SalesQuery, SalesReport
from monolith.orders.local import LocalOrders
from monolith.orders.remote import RemoteOrders
from monolith.orders.reports import report_sales
from monolith.orders.seam import OrdersSeam
from monolith.seams.rpc import RemoteUnavailable
from monolith.seams.stage import Stage
from monolith.seams.where import Standing
from tests.monolith.orders.test_reports import DAYS, euros, sold  # noqa: F401 - a fixture

QUERY = SalesQuery(since=date(2026, 3, 1), until=date(2026, 3, 2), limit=5)
BEAR, ADA = uuid4(), uuid4()
REPORT = SalesReport.model_validate(
    {
        "since": "2026-03-01",
        "until": "2026-03-02",
        "orders": 1,
        "revenue": [euros(1250)],
        "products": [
            {
                "product_id": BEAR,
                "name": "As bought",
                "orders": 1,
                "quantity": 1,
                "revenue": euros(1250),
            }
        ],
        "customers": [{"customer_id": ADA, "name": "", "orders": 1, "revenue": euros(1250)}],
    }
)


class FakeOrders:
    def __init__(self, *, broken=False):
        self.asked = []
        self.broken = broken

    def sales(self, query):
        self.asked.append(query)
        if self.broken:
            raise RemoteUnavailable("down")
        return REPORT


class Nobody:
    """A catalog that knows no product any more."""

    def get_quotes(self, *, product_ids):
        assert list(product_ids) == [BEAR]
        return {}


def seam(stage, *, local, remote):
    return OrdersSeam(where=lambda: Standing(stage=stage), local=local, remote=remote)


@pytest.mark.parametrize("stage", list(Stage))
def test_the_owner_of_the_stage_adds_up_and_nobody_else(stage):
    local, remote = FakeOrders(), FakeOrders()
    assert seam(stage, local=local, remote=remote).sales(QUERY) == REPORT
    asked, spared = (local, remote) if stage.owner == "monolith" else (remote, local)
    assert (asked.asked, spared.asked) == ([QUERY], [])


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage.owner == "service"])
def test_our_copy_answers_while_the_service_does_not(stage):
    local = FakeOrders()
    found = seam(stage, local=local, remote=FakeOrders(broken=True)).sales(QUERY)
    assert (found, local.asked) == (REPORT, [QUERY])


def remote(answer, asked=None):
    def ask(method, *, correlation_id, **arguments):
        del correlation_id
        if asked is not None:
            asked.append((method, arguments))
        return answer

    return RemoteOrders(ask=ask)


def test_the_service_is_asked_in_the_language_of_the_contract():
    asked = []
    assert remote(REPORT.model_dump(mode="json"), asked).sales(QUERY) == REPORT
    ((method, arguments),) = asked
    assert method == "sales"
    assert SalesQuery.model_validate(arguments["query"]) == QUERY


@pytest.mark.parametrize("nonsense", [None, [], {}, {"orders": "many"}])
def test_what_is_no_report_is_no_answer(nonsense):
    with pytest.raises(RemoteUnavailable, match="not a report"):
        remote(nonsense).sales(QUERY)


@pytest.mark.django_db
def test_what_nobody_knows_any_more_keeps_its_name():
    report = report_sales(QUERY, orders=FakeOrders(), catalog=Nobody())
    assert [sale.name for sale in report.products] == ["As bought"]
    assert [bought.name for bought in report.customers] == [""]


@pytest.mark.django_db
def test_our_own_sums_have_the_names_of_then_and_no_customers(api, sold):  # noqa: F811
    api.patch(f"/products/{sold['lamp']['id']}", {"name": "Old lamp"})
    report = LocalOrders().sales(SalesQuery.model_validate(DAYS))
    assert [sale.name for sale in report.products] == ["Reading lamp", "Bulb"]
    assert {bought.name for bought in report.customers} == {""}
    assert (report.orders, report.revenue[0].amount) == (2, 450)
