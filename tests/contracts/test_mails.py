"""A mail has one name for ever, and says what it said before."""

import smtplib
import time
from datetime import UTC, datetime
from uuid import UUID

import pytest

from extracted.contracts.notifications import mail_id
from extracted.contracts.orders import Order, OrderLine
from extracted.contracts.values import Money
from extracted.notifications import conversation, mailbox, templates
from extracted.notifications.sending import LEASE_S
from tests.mail_server import mail_server

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


def send(port: int) -> None:
    letter = templates.compose(ORDER, status="paid", name="Ada")
    message = mailbox.message_of(letter, mail_id=UUID(int=1), recipient="ada@example.com")
    mailbox.MailServer(host="127.0.0.1", port=port).put(message)


def test_a_server_that_thinks_about_a_mail_for_long_gets_it_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversation, "ANSWER_S", 0.5)
    with mail_server(dot=1.0) as server:
        send(server.port)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    "slow", [{"dot": 5.0}, dict.fromkeys(("greeting", "ehlo", "mail", "rcpt", "data"), 0.3)]
)
def test_no_talk_with_a_mail_server_lasts_longer_than_it_may(
    slow: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "LONGEST_S", 1.0)
    with mail_server(**slow) as server:
        begun = time.monotonic()
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(server.port)
        assert time.monotonic() - begun < 2.0


def test_a_server_that_does_not_say_goodbye_has_the_mail_nevertheless(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversation, "LONGEST_S", 1.0)
    with mail_server(quit=5.0) as server:
        send(server.port)
    assert len(server.taken) == 1


def test_a_talk_ends_before_the_lease_of_its_mail() -> None:
    assert conversation.LONGEST_S < LEASE_S
