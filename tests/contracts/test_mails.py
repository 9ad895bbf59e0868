"""A mail reads the same whichever side sends it."""

import smtplib
import time
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.conf import settings
from django.core.mail import EmailMessage

from extracted.contracts.notifications import mail_id
from extracted.contracts.orders import Order, OrderLine
from extracted.contracts.values import Money
from extracted.notifications import conversation as service_talk
from extracted.notifications import mailbox
from extracted.notifications import sending as service_sending
from extracted.notifications import templates as service
from monolith.notifications import conversation as monolith_talk
from monolith.notifications import sending as monolith_sending
from monolith.notifications import templates as monolith
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


def send_from_the_service(port):
    letter = service.compose(ORDER, status="paid", name="Ada")
    message = mailbox.message_of(letter, mail_id=UUID(int=1), recipient="ada@example.com")
    mailbox.MailServer(host="127.0.0.1", port=port).put(message)


def send_from_the_monolith(port):
    backend = monolith_talk.EmailBackend(host="127.0.0.1", port=port)
    EmailMessage(body="Dear Ada", to=["ada@example.com"], connection=backend).send()


SENDERS = [
    pytest.param(service_talk, send_from_the_service, id="service"),
    pytest.param(monolith_talk, send_from_the_monolith, id="monolith"),
]


@pytest.mark.parametrize(("talk", "send"), SENDERS)
def test_a_server_that_thinks_about_a_mail_for_long_gets_it_once(talk, send, monkeypatch):
    monkeypatch.setattr(talk, "ANSWER_S", 0.5)
    with mail_server(dot=1.0) as server:
        send(server.port)
    assert len(server.taken) == 1


@pytest.mark.parametrize(("talk", "send"), SENDERS)
@pytest.mark.parametrize(
    "slow", [{"dot": 5.0}, dict.fromkeys(("greeting", "ehlo", "mail", "rcpt", "data"), 0.3)]
)
def test_no_talk_with_a_mail_server_lasts_longer_than_it_may(talk, send, slow, monkeypatch):
    monkeypatch.setattr(talk, "LONGEST_S", 1.0)
    with mail_server(**slow) as server:
        begun = time.monotonic()
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(server.port)
        assert time.monotonic() - begun < 2.0


@pytest.mark.parametrize(("talk", "send"), SENDERS)
def test_a_server_that_does_not_say_goodbye_has_the_mail_nevertheless(talk, send, monkeypatch):
    monkeypatch.setattr(talk, "LONGEST_S", 1.0)
    with mail_server(quit=5.0) as server:
        send(server.port)
    assert len(server.taken) == 1


def test_both_sides_have_the_same_patience_and_it_ends_before_the_lease():
    assert (service_talk.ANSWER_S, service_talk.LONGEST_S) == (
        monolith_talk.ANSWER_S,
        monolith_talk.LONGEST_S,
    )
    assert service_talk.LONGEST_S < service_sending.LEASE_S == monolith_sending.LEASE_S
