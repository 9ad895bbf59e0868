import uuid
from datetime import UTC, datetime

import pytest

from extracted.contracts.inventory import StockLine
from extracted.contracts.rpc import Unanswered
from monolith.inventory.seam import INVENTORY
from monolith.notifications.seam import NOTIFICATIONS
from monolith.orders import unpaid
from monolith.orders.models import Order
from monolith.orders.others import OTHERS
from monolith.outbox.record import recorded
from monolith.seams.fence import NotOwner
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
    INVENTORY.reserve(
        reservation_id=uuid.UUID(old["id"]),
        lines=[StockLine(product_id=uuid.UUID(product), quantity=2)],
        expires_in_s=3600,
    )
    with recorded("orders"):
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


def test_who_did_not_pay_is_told_and_so_is_everybody_else(orders, owner):
    old, _ = orders
    unpaid.cancel_unpaid(older_than_days=2, others=OTHERS)
    mails = NOTIFICATIONS.about_order(order_id=uuid.UUID(old["id"]))
    assert [mail.status for mail in mails] == ["placed", "cancelled"]
    told = owner.execute(
        "SELECT event FROM handover.outbox WHERE domain = 'orders' ORDER BY id"
    ).fetchall()
    assert told[-1] == ("order_cancelled",)


def test_what_is_paid_at_the_last_moment_stays(orders, monkeypatch, api):
    old, _ = orders
    monkeypatch.setattr(unpaid, "_unpaid", lambda _: [uuid.UUID(old["id"])])
    with recorded("orders"):
        Order.objects.filter(pk=old["id"]).update(status="paid")
    assert unpaid.cancel_unpaid(older_than_days=2, others=OTHERS) == 0
    assert api.get(f"/stock/{old['lines'][0]['product_id']}").json()["available"] == 3


def test_an_inventory_that_does_not_answer_keeps_no_order_from_its_end(orders, monkeypatch, api):
    """What is kept for them is for sale again when it expires."""
    with recorded("orders"):
        Order.objects.update(placed_at=LONG_AGO)
    monkeypatch.setattr(INVENTORY, "release", say_nothing)
    assert unpaid.cancel_unpaid(older_than_days=2, others=OTHERS) == 2
    assert {api.get(f"/orders/{order['id']}").json()["status"] for order in orders} == {"cancelled"}


def say_nothing(**_):
    raise Unanswered


def test_nothing_is_cancelled_while_another_side_owns_orders(orders, set_mode, api):
    set_mode("RELEASED", domain="orders")
    with pytest.raises(NotOwner):
        unpaid.cancel_unpaid(older_than_days=2, others=OTHERS)
    assert api.get(f"/orders/{orders[0]['id']}").json()["status"] == "placed"
