import uuid
from datetime import UTC, datetime

import pytest

from monolith.contracts.inventory import StockLine
from monolith.inventory import actions as inventory
from monolith.notifications.selectors import mails_about_order
from monolith.orders.models import Order
from tests.monolith.factories import StockFactory

pytestmark = pytest.mark.usefixtures("committed")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def orders(api, make_product, customer):
    """An order of long ago, with goods kept for it, and one of today."""
    product = make_product()["id"]
    StockFactory(product_id=product, warehouse__slug="north", on_hand=5)
    line = {"product_id": product, "quantity": 2}
    body = {"customer_id": customer["id"], "lines": [line]}
    old, new = (api.post("/orders", body).json() for _ in range(2))
    inventory.reserve(
        uuid.UUID(old["id"]),
        lines=[StockLine(product_id=uuid.UUID(product), quantity=2)],
        expires_in_s=3600,
    )
    Order.objects.filter(pk=old["id"]).update(placed_at=LONG_AGO)
    return old, new


def test_what_nobody_paid_for_is_cancelled_and_its_goods_are_for_sale_again(api, orders, manage):
    old, new = orders
    path = f"/stock/{old['lines'][0]['product_id']}"
    assert api.get(path).json()["available"] == 3
    assert manage("cancel_unpaid_orders") == "cancelled 1 orders\n"
    assert api.get(path).json()["available"] == 5
    assert api.get(f"/orders/{old['id']}").json()["status"] == "cancelled"
    assert api.get(f"/orders/{new['id']}").json() == new
    assert manage("cancel_unpaid_orders") == "cancelled 0 orders\n"


def test_who_did_not_pay_is_not_told(orders, manage):
    """Plain SQL saves no order, so the signal that writes the mail does not come."""
    manage("cancel_unpaid_orders")
    mails = mails_about_order(uuid.UUID(orders[0]["id"]))
    assert [mail.status for mail in mails] == ["placed"]
