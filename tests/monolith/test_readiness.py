import logging
import socket
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import OperationalError

from handover import process
from monolith.web import broker, health
from stack import testing


@pytest.fixture
def ask(client, monkeypatch):
    """Ask for readiness while the broker is at some URL."""
    brokers = []

    def ask_about(url, **options):
        brokers.append(broker.Broker(url, **options))
        monkeypatch.setattr(health, "BROKER", brokers[-1])
        return lambda: client.get("/readyz")

    yield ask_about
    for each in brokers:
        each.close()


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        # Bound and not listening: nobody else gets it, and who comes is refused.
        taken.bind(("127.0.0.1", 0))
        yield f"amqp://127.0.0.1:{taken.getsockname()[1]}/"


@pytest.fixture
def silence():
    """A port that accepts and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"amqp://127.0.0.1:{listening.getsockname()[1]}/"


class Clock:
    """Time that passes when a test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def degraded(answer):
    return answer.status_code == 200 and answer.json() == {
        "status": "degraded",
        "checks": {"database": "ok", "broker": "does not answer"},
    }


@pytest.mark.django_db
def test_with_database_and_broker_it_is_ready(ask, vhost):
    answer = ask(vhost)()
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "broker": "ok"}}


@pytest.mark.django_db
def test_a_broker_that_is_not_configured_is_not_missed(ask):
    assert ask("")().json() == {
        "status": "ready",
        "checks": {"database": "ok", "broker": "not configured"},
    }


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["closed_port", "silence"])
def test_without_the_broker_it_is_degraded_and_stays_in_rotation(ask, request, where):
    ready = ask(request.getfixturevalue(where))
    assert degraded(ready())


@pytest.mark.django_db
def test_a_silent_broker_is_waited_for_once_and_not_by_every_check(ask, silence):
    ready = ask(silence)
    begin = time.monotonic()
    assert degraded(ready())
    first, begin = time.monotonic() - begin, time.monotonic()
    assert all(degraded(ready()) for _ in range(5))
    # The gateway gives up after one second.
    assert first < 0.9
    assert time.monotonic() - begin < first


def test_without_the_database_it_is_not_ready_whatever_the_broker_says(ask, vhost, monkeypatch):
    def refuse():
        raise OperationalError("the connection is refused")

    monkeypatch.setattr(health.connection, "cursor", refuse)
    answer = ask(vhost)()
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "checks": {"database": "does not answer", "broker": "ok"},
    }


@pytest.mark.django_db
def test_it_logs_in_once_and_asks_at_most_once_a_second(ask, vhost, monkeypatch):
    logins, clock = [], Clock()

    def counted(url, **options):
        logins.append(clock.now)
        return process.connect_broker(url, **options)

    monkeypatch.setattr(broker, "connect_broker", counted)
    ready = ask(vhost, clock=clock)
    for _ in range(5):
        assert ready().json()["status"] == "ready"
        clock.now += 1
    assert logins == [0.0]


@pytest.mark.django_db
def test_it_notices_that_the_broker_goes_and_comes_back(ask, servers, caplog):
    clock = Clock()
    with testing.scratch_vhost() as variables:
        url = variables["AMQP_URL"]
        ready = ask(url, clock=clock)
        assert ready().json()["status"] == "ready"
    # The virtual host is gone, and our line with it; for a second nobody asks again.
    assert ready().json()["status"] == "ready"
    with caplog.at_level(logging.WARNING, logger="monolith.web.broker"):
        for _ in range(3):
            clock.now += 1
            assert degraded(ready())
    assert [record.message for record in caplog.records] == ["the broker does not answer"]
    with made_again(url, servers["AMQP_MANAGEMENT_URL"]):
        clock.now += 1
        assert ready().json()["status"] == "ready"


@contextmanager
def made_again(url, management_url):
    parts = urlsplit(url)
    place = f"/api/vhosts{parts.path}"
    allowed = {"configure": ".*", "write": ".*", "read": ".*"}
    with httpx.Client(base_url=management_url, trust_env=False) as management:
        management.put(place).raise_for_status()
        grant = f"/api/permissions{parts.path}/{parts.username}"
        management.put(grant, json=allowed).raise_for_status()
        yield
        management.delete(place).raise_for_status()
