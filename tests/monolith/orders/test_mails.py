import uuid

import pytest
from django.db import transaction

from monolith.notifications.models import Mail
from monolith.notifications.selectors import mails_about_order
from monolith.orders import transitions
from monolith.orders.states import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(api, make_product, customer):
    line = {"product_id": make_product()["id"], "quantity": 1}
    return api.post("/orders", {"customer_id": customer["id"], "lines": [line]}).json()


def told(order):
    return [mail.status for mail in mails_about_order(uuid.UUID(order["id"]))]


def test_a_mail_is_written_at_every_change_of_an_order(api, order):
    with transaction.atomic():
        transitions.become(uuid.UUID(order["id"]), Status.PAID)
    for verb in ("ship", "deliver"):
        api.write("POST", f"/orders/{order['id']}/{verb}")
    assert told(order) == ["placed", "paid", "shipped", "delivered"]


def test_a_change_that_is_taken_back_is_not_told(order):
    def cancel_and_fail():
        with transaction.atomic():
            transitions.become(uuid.UUID(order["id"]), Status.CANCELLED)
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        cancel_and_fail()
    assert told(order) == ["placed"]


def test_a_purchase_that_is_undone_is_told(shop):
    shop.payments.refused = {"capture"}
    with pytest.raises(Exception, match="payment-declined"):
        shop.buy()
    assert told(shop.orders[0]) == ["placed", "cancelled"]


def test_the_first_mail_does_not_say_what_was_bought(order):
    """The signal comes when the order is saved, and its lines are saved afterwards."""
    with transaction.atomic():
        transitions.become(uuid.UUID(order["id"]), Status.PAID)
    kept = dict(Mail.objects.values_list("status", "order"))
    assert kept["placed"]["lines"] == []
    assert len(kept["paid"]["lines"]) == 1
