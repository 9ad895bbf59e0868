"""Mails while they move: nothing is lost, nothing waits, and nobody is written to twice."""

import threading
import time

import psycopg
import pytest
from django.core import mail
from django.db import connections, transaction

from extracted.contracts.customers import Contact
from extracted.contracts.notifications import MailEvent, mail_id
from monolith.notifications import facts, models
from monolith.notifications.seam import NOTIFICATIONS
from monolith.notifications.sending import Sent, send_due
from monolith.outbox.record import recorded

DOMAIN = "notifications"
ADA = Contact(name="Ada", email="ada@new.example.com")
RELEASE = "SELECT * FROM handover.release('notifications', 1, 200, interval '10 s')"
OWN = "UPDATE handover.ownership SET mode = 'OWNER', epoch = 1 WHERE domain = 'notifications'"


def tell(order, status="paid"):
    with recorded("orders"):
        NOTIFICATIONS.order_changed(order, status=status, customer=ADA)


@pytest.fixture
def captured(owner):
    change = "UPDATE handover.ownership SET capture = %s WHERE domain = 'notifications'"
    owner.execute(change, (True,))
    yield
    owner.execute(change, (False,))


@pytest.fixture
def elsewhere(set_mode, committed):
    set_mode("REPLICA", domain=DOMAIN)


def test_the_fact_of_a_mail_belongs_to_the_request_that_wrote_it(
    order, captured, owner, monkeypatch
):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    monkeypatch.setattr(facts.tracing, "current", lambda: trace)
    tell(order)
    query = "SELECT event, traceparent FROM handover.outbox WHERE domain = 'notifications'"
    assert owner.execute(query).fetchall() == [("mail_written", trace)]


def test_each_change_of_a_mail_is_told_with_its_row(order, captured, owner):
    tell(order)
    assert send_due(limit=10) == Sent(sent=1, failed=0)
    query = "SELECT event, payload FROM handover.outbox WHERE domain = %s ORDER BY id"
    told = [(e, MailEvent.model_validate(p)) for e, p in owner.execute(query, (DOMAIN,))]
    assert [event for event, _ in told] == ["mail_written", "mail_taken", "mail_sent"]
    assert [said.rows[0].image.version for _, said in told] == [1, 2, 3]
    assert {said.id for _, said in told} == {mail_id(order_id=order.id, status="paid")}
    assert told[-1][1].rows[0].image.sent_at is not None


def test_who_is_written_to_is_who_was_known_when_the_order_changed(order):
    tell(order)
    send_due(limit=10)
    (message,) = mail.outbox
    assert message.to == ["ada@new.example.com"]


def test_an_order_changes_while_the_mails_belong_to_the_service(order, elsewhere):
    tell(order)
    assert send_due(limit=10) == Sent(sent=0, failed=0)
    assert not models.Mail.objects.exists()
    assert models.Notice.objects.get().status == "paid"


def test_what_was_missed_meanwhile_is_mailed_when_the_mails_are_ours_again(
    order, elsewhere, set_mode
):
    tell(order)
    tell(order, "shipped")
    set_mode("OWNER", domain=DOMAIN)
    assert send_due(limit=10) == Sent(sent=2, failed=0)
    assert send_due(limit=10) == Sent(sent=0, failed=0)
    assert not models.Notice.objects.exists()
    assert [found.status for found in NOTIFICATIONS.about_order(order_id=order.id)] == [
        "paid",
        "shipped",
    ]


def test_what_the_service_has_mailed_is_not_mailed_again(order, elsewhere, set_mode, database):
    tell(order)
    # As the applier does it: past the fence, by its login.
    with psycopg.connect(database["MONOLITH_APPLIER_DATABASE_URL"], autocommit=True) as applier:
        applier.execute(
            'INSERT INTO notifications_mail (id, order_id, customer_id, status, "order", tries, '
            "version, sent_at) VALUES (%s, %s, %s, 'paid', '{}', 1, 3, now())",
            (mail_id(order_id=order.id, status="paid"), order.id, order.customer_id),
        )
    tell(order, "shipped")
    send_due(limit=10)
    assert [notice.status for notice in models.Notice.objects.all()] == ["shipped"]
    set_mode("OWNER", domain=DOMAIN)
    assert send_due(limit=10) == Sent(sent=1, failed=0)
    assert [message.subject.split()[-1] for message in mail.outbox] == ["way"]


def test_an_order_never_waits_for_a_release_of_the_mails(order, owner):
    with owner.transaction():
        owner.execute("SELECT pg_advisory_xact_lock(4711, handover.lock_key(%s))", (DOMAIN,))
        begun = time.monotonic()
        tell(order)
        assert time.monotonic() - begun < 1
        assert models.Notice.objects.count() == 1
    assert send_due(limit=10) == Sent(sent=1, failed=0)


def test_an_order_that_is_taken_back_leaves_no_news(order, elsewhere):
    with transaction.atomic():
        tell(order)
        transaction.set_rollback(True)
    assert not models.Notice.objects.exists()


def test_the_mails_do_not_change_hands_while_one_is_being_sent(
    order, captured, database, owner, monkeypatch
):
    tell(order)
    at_the_server, may_end = threading.Event(), threading.Event()

    def slow(self, fail_silently=False):
        at_the_server.set()
        return may_end.wait(20)

    monkeypatch.setattr(mail.EmailMessage, "send", slow)
    sent = []

    def send():
        try:
            sent.append(send_due(limit=10))
        finally:
            connections.close_all()

    sender = threading.Thread(target=send)
    sender.start()
    try:
        assert at_the_server.wait(10)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            owner.execute(RELEASE)
    finally:
        may_end.set()
        sender.join(20)
    assert sent == [Sent(sent=1, failed=0)]
    owner.execute(RELEASE)
    assert send_due(limit=10) == Sent(sent=0, failed=0)
    owner.execute(OWN)


def test_a_sender_gives_way_to_a_release_that_waits(order, database, owner):
    tell(order)
    waiting = threading.Event()
    with psycopg.connect(database["MONOLITH_OWNER_DATABASE_URL"]) as writer:
        writer.execute("SELECT handover.enter(%s)", (DOMAIN,))

        def release():
            with psycopg.connect(database["MONOLITH_OWNER_DATABASE_URL"]) as other:
                waiting.set()
                other.execute(
                    "SELECT pg_advisory_xact_lock(4711, handover.lock_key(%s))", (DOMAIN,)
                )

        waiter = threading.Thread(target=release)
        waiter.start()
        waiting.wait(10)
        queued = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        while not owner.execute(queued).fetchone()[0]:
            time.sleep(0.01)
        from monolith.seams.fence import held

        with held(DOMAIN) as is_ours:
            assert not is_ours
    waiter.join(10)
    assert send_due(limit=10) == Sent(sent=1, failed=0)
