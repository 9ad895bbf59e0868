import uuid

import pytest

from monolith.notifications.seam import NOTIFICATIONS
from monolith.orders import transitions
from monolith.orders.states import Status
from monolith.outbox.record import recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(api, make_product, customer):
    line = {"product_id": make_product()["id"], "quantity": 1}
    return api.post("/orders", {"customer_id": customer["id"], "lines": [line]}).json()


def told(order):
    return [mail.status for mail in NOTIFICATIONS.about_order(order_id=uuid.UUID(order["id"]))]


def test_a_mail_is_written_at_every_change_of_an_order(api, order):
    with recorded("orders") as record:
        transitions.become(uuid.UUID(order["id"]), Status.PAID, record=record)
    for verb in ("ship", "deliver"):
        api.write("POST", f"/orders/{order['id']}/{verb}")
    assert told(order) == ["placed", "paid", "shipped", "delivered"]


def test_a_change_that_is_taken_back_is_not_told(order):
    def cancel_and_fail():
        with recorded("orders") as record:
            transitions.become(uuid.UUID(order["id"]), Status.CANCELLED, record=record)
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        cancel_and_fail()
    assert told(order) == ["placed"]


def test_a_purchase_that_is_undone_is_told(shop):
    shop.payments.refused = {"capture"}
    with pytest.raises(Exception, match="payment-declined"):
        shop.buy()
    assert told(shop.orders[0]) == ["placed", "cancelled"]
