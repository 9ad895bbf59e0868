import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from django.conf import settings
from django.core.management import get_commands

from monolith.outbox.chores import Chores


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def done():
    return []


def test_each_chore_is_done_at_its_own_pace(done):
    clock = Clock()
    chores = Chores(
        paces_s={"fast": 1, "slow": 10}, run=lambda name, _: done.append(name), clock=clock
    )
    for _ in range(11):
        chores.do_what_is_due()
        clock.now += 1
    assert (done.count("fast"), done.count("slow")) == (11, 2)


def test_a_chore_that_fails_is_told_of_and_holds_up_no_other(done):
    def run(name, _):
        done.append(name)
        if name == "broken" and done.count("broken") == 1:
            raise ConnectionError("no database")

    chores = Chores(paces_s={"broken": 0, "sound": 0}, run=run)
    chores.do_what_is_due()
    assert chores.trouble() == "broken: ConnectionError('no database')"
    chores.do_what_is_due()
    assert chores.trouble() is None
    assert done == ["broken", "sound"] * 2


def test_no_chore_is_begun_by_who_was_told_to_stop(done):
    def run(name, stopped):
        done.append(name)
        stopped.set()

    Chores(paces_s={"first": 0, "second": 0}, run=run).do_what_is_due()
    assert done == ["first"]


def test_every_chore_is_a_command_that_can_be_run_by_hand(committed, manage):
    assert settings.CHORES.keys() <= get_commands().keys()
    for name in settings.CHORES:
        manage(name)


@pytest.mark.parametrize("name", [*settings.CHORES, "cancel_unpaid_orders"])
def test_no_chore_is_in_trouble_where_another_side_owns(committed, set_mode, manage, name):
    for domain in ("catalog", "inventory", "notifications", "orders", "payments"):
        set_mode("REPLICA", domain=domain)
    manage(name)


@pytest.mark.slow
def test_the_process_says_that_it_is_ready_and_leaves_when_told(database):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        **os.environ,
        **database,
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "monolith.config.settings.test",
    }
    process = subprocess.Popen([sys.executable, "-m", "monolith.manage", "chores"], env=variables)
    try:
        assert answers(f"http://127.0.0.1:{port}/readyz")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


def answers(url):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return httpx.get(url, trust_env=False).status_code == 200
        except httpx.TransportError:
            time.sleep(0.1)
    return False
