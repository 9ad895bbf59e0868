"""A customer with a filled cart, and what a test wants to know of it."""

import uuid
from datetime import UTC, datetime
from typing import Any

from extracted.contracts.orders import CheckOut, RefundOrder
from monolith.orders import checkout, refunds, settling, steps
from monolith.orders.models import Checkout, Refund
from monolith.outbox.once import Attempt
from monolith.outbox.record import recorded
from tests.monolith.orders.others import FakeInventory, FakePayments, Faults

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Shop:
    """A customer with a filled cart, and the domains that a purchase needs."""

    def __init__(self, customer_id: str, product_id: str, basket: Any, api: Any) -> None:
        self.faults = Faults()
        self.inventory = FakeInventory(self.faults)
        self.payments = FakePayments(self.faults)
        self.others = steps.Others(inventory=self.inventory, payments=self.payments)
        self.customer_id = uuid.UUID(customer_id)
        self.product_id = uuid.UUID(product_id)
        self.inventory.stock[self.product_id] = 5
        self.basket = basket
        self.api = api

    def fill(self, quantity: int = 2) -> None:
        assert self.basket.put(str(self.product_id), quantity).status_code == 200

    def buy(self, *, token: str = "tok_approve", key: uuid.UUID | None = None) -> Any:
        attempt = Attempt(key=key or uuid.uuid4(), request_hash=token)
        return checkout.check_out(
            self.customer_id, CheckOut(card_token=token), attempt=attempt, others=self.others
        )

    def settle(self) -> settling.Settled:
        """Come back when every lease has run out."""
        with recorded("orders"):
            Checkout.objects.update(leased_until=LONG_AGO)
        return settling.settle_checkouts(others=self.others)

    def refund(self, *, key: uuid.UUID | None = None, reason: str = "") -> Any:
        attempt = Attempt(key=key or uuid.uuid4(), request_hash=reason)
        order_id = uuid.UUID(self.orders[0]["id"])
        command = RefundOrder(reason=reason)
        return refunds.refund_order(order_id, command, attempt=attempt, others=self.others)

    def settle_refunds(self) -> settling.Settled:
        """Come back when every lease has run out."""
        with recorded("orders"):
            Refund.objects.update(leased_until=LONG_AGO)
        return settling.settle_refunds(others=self.others)

    @property
    def orders(self) -> list[Any]:
        found: list[Any] = self.api.get("/orders", customer_id=str(self.customer_id)).json()[
            "items"
        ]
        return found

    @property
    def payment(self) -> str:
        (payment,) = self.payments.payments.values()
        return payment.status

    @property
    def left(self) -> int:
        return self.inventory.stock[self.product_id]

    def wanted(self) -> list[Any]:
        lines: list[Any] = self.basket.show().json()["lines"]
        return [line["quantity"] for line in lines]

    def assert_bought_once(self) -> None:
        (order,) = self.orders
        assert (order["status"], self.payment, self.left) == ("paid", "captured", 3)
        assert self.wanted() == []

    def assert_nothing_happened(self) -> None:
        assert {order["status"] for order in self.orders} <= {"cancelled"}
        statuses = {payment.status for payment in self.payments.payments.values()}
        assert statuses <= {"voided", "declined"}
        assert (self.left, self.wanted()) == (5, [2])
