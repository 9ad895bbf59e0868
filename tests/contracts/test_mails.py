"""A mail reads the same whichever side sends it."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.conf import settings

from extracted.contracts.notifications import mail_id
from extracted.contracts.orders import Order, OrderLine
from extracted.contracts.values import Money
from extracted.notifications import mailbox
from extracted.notifications import templates as service
from monolith.notifications import templates as monolith

ORDER = Order(
    id=UUID(int=1),
    customer_id=UUID(int=2),
    client_reference=None,
    status="paid",
    lines=(
        OrderLine(
            product_id=UUID(int=3),
            name="Lamp\n${total} & more",
            quantity=2,
            unit_price=Money(amount=1905, currency="EUR"),
        ),
    ),
    total=Money(amount=3810, currency="EUR"),
    version=2,
    placed_at=datetime(2026, 11, 22, tzinfo=UTC),
)


@pytest.mark.parametrize("status", sorted(monolith._WORDS))
def test_both_sides_write_the_same_letter(status):
    written = [
        side.compose(ORDER, status=status, name="Ada $sentence\nBcc: eve@example.com")
        for side in (monolith, service)
    ]
    assert (written[0].subject, written[0].text) == (written[1].subject, written[1].text)


def test_both_sides_write_about_the_same_states():
    assert monolith._WORDS.keys() == service._WORDS.keys()


def test_both_sides_send_from_the_same_address():
    assert mailbox.SENDER == settings.DEFAULT_FROM_EMAIL


def test_a_mail_has_one_name_for_ever():
    # Of mails that are on their way when a new version is installed: a change here is a second mail.
    assert mail_id(order_id=ORDER.id, status="paid") == UUID("0ead237f-6715-5501-8663-e9e58947212c")
