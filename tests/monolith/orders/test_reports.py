import json
from datetime import UTC, datetime, timedelta

import pytest

from monolith.orders.models import Order
from monolith.outbox.record import recorded

TODAY = datetime.now(UTC).date()
# Midnight may pass while a test runs.
DAYS = {"since": str(TODAY), "until": str(TODAY + timedelta(days=1))}


@pytest.fixture
def sold(api, make_product, customer):
    """A lamp and two bulbs for Ada, a bulb for Bo; what was cancelled does not count."""
    lamp = make_product("A", price={"amount": 300, "currency": "EUR"})
    bulb = make_product("B", name="Bulb", price={"amount": 50, "currency": "EUR"})
    other = api.post("/customers", {"email": "bo@example.com", "name": "Bo"}).json()
    for buyer, lines in (
        (customer, [(lamp, 1), (bulb, 2)]),
        (other, [(bulb, 1)]),
        (other, [(lamp, 9)]),
    ):
        wanted = [{"product_id": product["id"], "quantity": count} for product, count in lines]
        order = api.post("/orders", {"customer_id": buyer["id"], "lines": wanted}).json()
    assert api.write("POST", f"/orders/{order['id']}/cancel").status_code == 200
    return {"lamp": lamp, "bulb": bulb, "ada": customer, "bo": other}


def euros(amount):
    return {"amount": amount, "currency": "EUR"}


@pytest.mark.django_db
def test_what_was_sold_is_added_up_by_product_and_by_customer(api, sold):
    report = api.get("/reports/sales", **DAYS).json()
    assert (report["orders"], report["revenue"]) == (2, [euros(450)])
    assert report["products"] == [
        {
            "product_id": sold["lamp"]["id"],
            "name": "Reading lamp",
            "orders": 1,
            "quantity": 1,
            "revenue": euros(300),
        },
        {
            "product_id": sold["bulb"]["id"],
            "name": "Bulb",
            "orders": 2,
            "quantity": 3,
            "revenue": euros(150),
        },
    ]
    assert [(row["name"], row["revenue"]["amount"]) for row in report["customers"]] == [
        ("Ada", 400),
        ("Bo", 50),
    ]


@pytest.mark.django_db
def test_products_have_the_name_of_today_and_when_gone_the_name_as_bought(api, sold):
    api.patch(f"/products/{sold['lamp']['id']}", {"name": "Old lamp"})
    api.delete(f"/products/{sold['bulb']['id']}")
    products = api.get("/reports/sales", **DAYS).json()["products"]
    assert [(row["name"], row["revenue"]["amount"]) for row in products] == [
        ("Old lamp", 300),
        ("Bulb", 150),
    ]


@pytest.mark.django_db
def test_a_report_has_days_and_an_end(api, sold):
    past = api.get("/reports/sales", since="2026-01-01", until="2026-01-02").json()
    assert (past["orders"], past["revenue"], past["products"]) == (0, [], [])
    assert len(api.get("/reports/sales", limit=1, **DAYS).json()["products"]) == 1
    for bad in ({}, {**DAYS, "since": "soon"}, {"since": "2026-01-02", "until": "2026-01-01"}):
        assert api.get("/reports/sales", **bad).status_code == 422


@pytest.mark.django_db
def test_a_report_may_ask_for_all_days_there_are(api, sold):
    first, last = "0001-01-01", "9999-12-31"
    for since, until, orders in ((first, last, 2), (first, first, 0), (last, last, 0)):
        answer = api.get("/reports/sales", since=since, until=until)
        assert (answer.status_code, answer.json()["orders"]) == (200, orders)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("placed_at", "orders"),
    [
        ("2026-02-28T23:59:59.999999Z", 0),
        ("2026-03-01T00:00:00Z", 2),
        ("2026-03-01T23:59:59.999999Z", 2),
        ("2026-03-02T00:00:00Z", 0),
    ],
)
def test_a_day_goes_from_midnight_to_midnight_by_the_clock_of_utc(api, sold, placed_at, orders):
    with recorded("orders"):
        Order.objects.update(placed_at=placed_at)
    report = api.get("/reports/sales", since="2026-03-01", until="2026-03-01").json()
    assert report["orders"] == orders


def test_the_command_prints_the_same(committed, api, sold, manage):
    printed = manage("sales_report", "--since", DAYS["since"], "--until", DAYS["until"])
    assert json.loads(printed) == api.get("/reports/sales", **DAYS).json()
