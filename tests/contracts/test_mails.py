"""A mail has one name, whoever sends it; and a server of mails has its time, and no more."""

import smtplib
import time
from uuid import UUID

import pytest
from django.core.mail import EmailMessage

from extracted.contracts.notifications import mail_id
from monolith.notifications import conversation
from monolith.notifications.sending import LEASE_S
from tests.mail_server import mail_server


def test_a_mail_has_one_name_for_ever():
    # Of mails that are on their way when a new version is installed: a change here is a second mail.
    assert mail_id(order_id=UUID(int=1), status="paid") == UUID(
        "0ead237f-6715-5501-8663-e9e58947212c"
    )


def send(port):
    backend = conversation.EmailBackend(host="127.0.0.1", port=port)
    EmailMessage(body="Dear Ada", to=["ada@example.com"], connection=backend).send()


def test_a_server_that_thinks_about_a_mail_for_long_gets_it_once(monkeypatch):
    monkeypatch.setattr(conversation, "ANSWER_S", 0.5)
    with mail_server(dot=1.0) as server:
        send(server.port)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    "slow", [{"dot": 5.0}, dict.fromkeys(("greeting", "ehlo", "mail", "rcpt", "data"), 0.3)]
)
def test_no_talk_with_a_mail_server_lasts_longer_than_it_may(slow, monkeypatch):
    monkeypatch.setattr(conversation, "LONGEST_S", 1.0)
    with mail_server(**slow) as server:
        begun = time.monotonic()
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(server.port)
        assert time.monotonic() - begun < 2.0


def test_a_server_that_does_not_say_goodbye_has_the_mail_nevertheless(monkeypatch):
    monkeypatch.setattr(conversation, "LONGEST_S", 1.0)
    with mail_server(quit=5.0) as server:
        send(server.port)
    assert len(server.taken) == 1


def test_a_talk_ends_before_the_lease_of_its_mail():
    assert conversation.LONGEST_S < LEASE_S
