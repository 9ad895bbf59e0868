"""An order to write about, and somebody to write to."""

from datetime import UTC, datetime
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from extracted.contracts.orders import Order, OrderLine
from extracted.contracts.values import Money


@pytest.fixture
def customer(committed: None) -> Any:
    from tests.monolith.factories import CustomerFactory

    return CustomerFactory(email="ada@example.com", name="Ada $sentence")


@pytest.fixture
def order(customer: Any) -> Order:
    return Order(
        id=uuid7(),
        customer_id=customer.id,
        client_reference=None,
        status="paid",
        lines=(
            OrderLine(
                product_id=uuid7(),
                name="Lamp\n${total} & more",
                quantity=2,
                unit_price=Money(amount=1905, currency="EUR"),
            ),
        ),
        total=Money(amount=3810, currency="EUR"),
        version=2,
        placed_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
