"""A round of sending ends: in time, and when it is told to."""

import os
import signal
import subprocess
import sys
from threading import Event

import pytest
from django.core.management import call_command

from monolith.notifications import models, sending
from monolith.notifications.seam import NOTIFICATIONS
from monolith.notifications.sending import Sent, send_due
from monolith.outbox.record import recorded
from tests.mail_server import mail_server


@pytest.fixture
def three(order):
    for status in ("paid", "shipped", "delivered"):
        with recorded("orders"):
            NOTIFICATIONS.order_changed(order, status=status)


def untouched():
    return models.Mail.objects.filter(sent_at=None, tries=0).count()


def test_a_mail_server_that_is_slow_does_not_keep_the_other_chores_waiting(three, monkeypatch):
    monkeypatch.setattr(sending, "ROUND_S", 0.0)
    assert send_due(limit=10) == Sent(sent=0, failed=0)
    assert untouched() == 3


def test_who_is_told_to_stop_begins_no_mail(three, mailoutbox):
    assert send_due(limit=10, is_stopped=lambda: bool(mailoutbox)) == Sent(sent=1, failed=0)
    assert untouched() == 2


def test_the_command_hears_it_from_whoever_runs_it(three):
    stopped = Event()
    stopped.set()
    call_command("send_mail", stopped=stopped)
    assert untouched() == 3
    call_command("send_mail")
    assert untouched() == 0


@pytest.mark.slow
@pytest.mark.parametrize("command", [("chores",), ("send_mail", "--every", "1")])
def test_a_process_with_a_backlog_leaves_after_the_mail_that_was_begun(three, database, command):
    with mail_server(data=1.0) as server:
        variables = {
            "DJANGO_SETTINGS_MODULE": "monolith.config.settings.test",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(server.port),
            "PORT": "0",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "monolith.manage", *command],
            env={**os.environ, **database, **variables},
        )
        try:
            assert server.asked.wait(30)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
            process.wait()
    assert len(server.taken) == 1
    assert untouched() == 2
