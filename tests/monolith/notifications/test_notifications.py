import threading

import pytest
from django.core import mail
from django.db import connections, transaction

from extracted.contracts.customers import Contact, Customer
from monolith.notifications import models
from monolith.notifications.seam import NOTIFICATIONS
from monolith.notifications.sending import Sent, send_due
from monolith.notifications.templates import _WORDS, compose, has_words
from monolith.orders.states import Status
from monolith.outbox.record import recorded
from tests.mail_server import mail_server


@pytest.fixture
def told(order):
    with recorded("orders"):
        NOTIFICATIONS.order_changed(order, status="paid")
    return order


def due_again():
    with recorded("notifications"):
        models.Mail.objects.update(next_try_at="2020-01-01T00:00:00Z")


def use(server, settings):
    settings.EMAIL_BACKEND = "monolith.notifications.conversation.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port


def test_every_state_of_an_order_has_a_mail_and_no_mail_is_about_anything_else():
    assert {str(status) for status in Status} == set(_WORDS)


@pytest.mark.parametrize("status", sorted(_WORDS))
def test_a_mail_says_what_was_bought_and_nothing_is_read_as_a_template(order, status):
    letter = compose(order, status=status, name="Ada $sentence\nBcc: eve@example.com")
    assert str(order.id) in letter.subject
    assert "\n" not in letter.subject
    assert letter.text.startswith("Dear Ada $sentence Bcc: eve@example.com,\n\n")
    assert "2 x Lamp ${total} & more, 19.05 EUR each" in letter.text
    assert "Total: 38.10 EUR" in letter.text


def test_a_mail_is_sent_after_the_change_it_tells_of(told, customer):
    assert mail.outbox == []
    assert send_due(limit=10) == Sent(sent=1, failed=0)
    (message,) = mail.outbox
    (kept,) = NOTIFICATIONS.about_order(order_id=told.id)
    assert message.to == [customer.email] == [kept.recipient]
    assert (message.subject, message.body) == (kept.subject, kept.text)
    assert message.extra_headers["Message-ID"] == f"<{kept.id}@shop.example>"
    assert kept.sent_at is not None


def test_a_change_that_is_taken_back_sends_no_mail(order):
    with transaction.atomic():
        with recorded("orders"):
            NOTIFICATIONS.order_changed(order, status="paid")
        transaction.set_rollback(True)
    assert send_due(limit=10) == Sent(sent=0, failed=0)


def test_news_told_twice_are_mailed_once(told):
    for status in ("paid", "shipped", "paid"):
        with recorded("orders"):
            NOTIFICATIONS.order_changed(told, status=status)
    send_due(limit=10)
    send_due(limit=10)
    assert [found.subject.split()[-1] for found in mail.outbox] == ["paid", "way"]


def test_a_status_without_words_is_no_error(order):
    assert not has_words("lost")
    with recorded("orders"):
        NOTIFICATIONS.order_changed(order, status="lost")
    assert not models.Mail.objects.exists()


def test_a_mail_that_could_not_be_sent_is_tried_again_later(told, monkeypatch):
    def broken(self, fail_silently=False):
        raise ConnectionRefusedError("no mail server")

    with monkeypatch.context() as patched:
        patched.setattr(mail.EmailMessage, "send", broken)
        assert send_due(limit=10) == Sent(sent=0, failed=1)
        assert send_due(limit=10) == Sent(sent=0, failed=0), "it waits"
    assert models.Mail.objects.get().error == "no mail server"
    due_again()
    assert send_due(limit=10) == Sent(sent=1, failed=0)
    assert models.Mail.objects.get().error is None


@pytest.mark.parametrize(("tries", "pause_s"), [(0, 2), (1, 4), (2, 8), (11, 3600), (2000, 3600)])
def test_each_failed_try_doubles_the_pause_up_to_an_hour(told, customer, tries, pause_s):
    customer.delete()
    with recorded("notifications"):
        models.Mail.objects.update(tries=tries)
    assert send_due(limit=10) == Sent(sent=0, failed=1)
    postponed = models.Mail.objects.get()
    assert postponed.tries == tries + 1
    assert round((postponed.next_try_at - postponed.updated_at).total_seconds()) == pause_s


def test_a_sender_that_dies_after_sending_sends_again_with_the_same_id(told, monkeypatch):
    from monolith.notifications import sending

    def died(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sending, "_note_success", died)
        with pytest.raises(KeyboardInterrupt):
            send_due(limit=10)
    assert send_due(limit=10) == Sent(sent=0, failed=0), "the lease is held"
    assert models.Mail.objects.get().tries == 1
    due_again()
    assert send_due(limit=10) == Sent(sent=1, failed=0)
    first, second = mail.outbox
    assert first.extra_headers == second.extra_headers


def test_a_mail_to_nobody_waits_and_holds_up_no_other(told, customer, order):
    customer.delete()
    other = order.model_copy(update={"id": told.customer_id})
    with recorded("orders"):
        NOTIFICATIONS.order_changed(other, status="paid")
    assert send_due(limit=10) == Sent(sent=0, failed=2)


@pytest.mark.parametrize("address", ["joe@[example.com", "team:;@example.com", "(@)..)"])
def test_an_address_that_no_mail_can_bear_holds_up_no_other(told, order, settings, address):
    other = order.model_copy(update={"id": told.customer_id})
    joe = Contact(name="Joe", email=address)
    with recorded("orders"):
        NOTIFICATIONS.order_changed(told, status="shipped", customer=joe)
        NOTIFICATIONS.order_changed(other, status="paid")
    with mail_server() as server:
        use(server, settings)
        assert send_due(limit=10) == Sent(sent=2, failed=1)
    assert len(server.taken) == 2
    assert models.Mail.objects.get(sent_at=None).error


def test_the_mail_server_is_never_asked_inside_a_transaction(told, monkeypatch):
    seen = []
    send = mail.EmailMessage.send

    def watched(self, fail_silently=False):
        seen.append(transaction.get_connection().in_atomic_block)
        return send(self, fail_silently)

    monkeypatch.setattr(mail.EmailMessage, "send", watched)
    send_due(limit=10)
    assert seen == [False]


def test_many_senders_at_once_send_each_mail_once(order):
    for status in sorted(_WORDS):
        with recorded("orders"):
            NOTIFICATIONS.order_changed(order, status=status)

    def send():
        try:
            send_due(limit=10)
        finally:
            connections.close_all()

    senders = [threading.Thread(target=send) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(30)
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == len(_WORDS)
    assert len(mail.outbox) == len(_WORDS)


def test_the_command_sends_what_is_due_and_says_so(told, manage_alone, tmp_path, monkeypatch):
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    assert manage_alone("send_mail").strip() == "mail: 1 sent, 0 failed"
    (written,) = (tmp_path / "mail").iterdir()
    assert "To: ada@example.com" in written.read_text()
    assert manage_alone("send_mail", "--limit", "1").strip() == "mail: 0 sent, 0 failed"


def test_every_table_of_notifications_is_fenced(owner, database):
    found = owner.execute("SELECT handover.unfenced('public', 'notifications\\_%')").fetchall()
    # News of orders are no part of the domain: each side keeps what it heard itself.
    assert found == [("notifications_notice",)]


def test_a_customer_knows_how_to_be_reached(customer):
    from monolith.customers import seam

    assert isinstance(seam.contact(customer.id), Customer)
