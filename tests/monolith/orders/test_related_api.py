import uuid

import pytest
from uuid_utils.compat import uuid7

from extracted.contracts.values import Money
from monolith.notifications.seam import NOTIFICATIONS
from monolith.orders import selectors
from monolith.payments.seam import PAYMENTS


@pytest.fixture
def order(committed, api, make_product):
    customer = api.post("/customers", {"email": "ada@example.com", "name": "Ada"}).json()
    lines = [{"product_id": make_product()["id"], "quantity": 1}]
    placed = api.post("/orders", {"customer_id": customer["id"], "lines": lines}).json()
    return selectors.get_order(uuid.UUID(placed["id"]))


def test_an_order_shows_its_payments_and_no_card(api, order):
    amount = Money(amount=4900, currency="EUR")
    PAYMENTS.authorize(
        payment_id=uuid7(), order_id=order.id, amount=amount, card_token="tok_approve"
    )
    (payment,) = api.get(f"/orders/{order.id}/payments").json()["items"]
    assert (payment["status"], payment["order_id"]) == ("authorized", str(order.id))
    assert payment["amount"] == {"amount": 4900, "currency": "EUR"}
    assert "tok_approve" not in str(payment)


def test_an_order_shows_its_mails(api, order):
    NOTIFICATIONS.order_changed(order, status="shipped")
    found = api.get(f"/orders/{order.id}/mails").json()["items"]
    assert [(mail["status"], mail["sent_at"]) for mail in found if mail["status"] == "shipped"] == [
        ("shipped", None)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["payments", "mails"])
@pytest.mark.parametrize("order_id", ["nonsense", str(uuid.uuid4())])
def test_of_no_order_nothing_is_shown(api, what, order_id):
    answer = api.get(f"/orders/{order_id}/{what}")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:problem:order-not-found")
