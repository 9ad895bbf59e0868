"""The door into orders: whoever adds up, the names are asked for here."""

from datetime import date
from uuid import uuid4

import pytest

from extracted.contracts.reports import SalesQuery, SalesReport
from monolith.orders.local import LocalOrders
from monolith.orders.reports import report_sales
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
    def sales(self, query):
        assert query == QUERY
        return REPORT


class Nobody:
    """A catalog that knows no product any more."""

    def get_quotes(self, *, product_ids):
        assert list(product_ids) == [BEAR]
        return {}


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
