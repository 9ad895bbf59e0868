"""A mail has one name for ever, and says what it said before."""

from datetime import UTC, datetime
from uuid import UUID

from extracted.contracts.notifications import mail_id
from extracted.contracts.orders import Order, OrderLine
from extracted.contracts.values import Money
from extracted.notifications import templates

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


def test_what_people_and_products_are_called_changes_no_mail() -> None:
    letter = templates.compose(ORDER, status="paid", name="Ada $sentence\nBcc: eve@example.com")
    assert "\n" not in letter.subject
    assert "${total} & more" in letter.text
    assert "Ada $sentence" in letter.text
    assert "\nBcc:" not in letter.text


def test_a_mail_has_one_name_for_ever() -> None:
    # Of mails that are on their way when a new version is installed: a change here is a second mail.
    assert mail_id(order_id=ORDER.id, status="paid") == UUID("0ead237f-6715-5501-8663-e9e58947212c")
