"""What a proxy leaves behind at the broker when it is given up: nothing."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import amqp
import httpx
import pytest
from nameko.standalone.rpc import ClusterRpcProxy

from extracted.contracts.rpc import REPLY_QUEUE_TTL_MS
from monolith.reports.replies import ReplyListener
from tests.waiting import eventually


@pytest.fixture
def proxy(vhost: str) -> Iterator[Any]:
    cluster = ClusterRpcProxy({"AMQP_URI": vhost}, timeout=2, reply_listener_cls=ReplyListener)
    cluster.start()
    yield cluster
    # It was stopped already where a test looks at what is left.
    with suppress(OSError, amqp.ConnectionError):
        cluster.stop()


def queues(servers: dict[str, str], vhost: str) -> list[dict[str, Any]]:
    """What the broker has in this virtual host."""
    place = f"{servers['AMQP_MANAGEMENT_URL']}/api/queues{urlsplit(vhost).path}"
    found: list[dict[str, Any]] = httpx.get(place, trust_env=False).raise_for_status().json()
    return found


@pytest.mark.filterwarnings(r"ignore:[\s\S]*Eventlet is deprecated")
def test_a_queue_of_answers_ends_with_its_proxy_or_soon_after(servers, vhost, proxy):
    eventually(lambda: len(queues(servers, vhost)) == 1, what="the queue")
    (queue,) = queues(servers, vhost)
    # Whoever is killed cannot delete it.
    assert queue["arguments"]["x-expires"] == REPLY_QUEUE_TTL_MS

    proxy.stop()

    eventually(lambda: not queues(servers, vhost), what="no queue")


@pytest.mark.filterwarnings(r"ignore:[\s\S]*Eventlet is deprecated")
def test_a_proxy_whose_broker_is_gone_can_be_given_up(servers, vhost, proxy):
    listener = proxy._reply_listener
    listener.queue_consumer.connection.connection.transport.close()

    # `ProxyPerThread` bears it, for the call has failed already.
    with suppress(OSError, amqp.ConnectionError):
        proxy.stop()

    assert listener.queue_consumer.stopped


@pytest.mark.filterwarnings(r"ignore:[\s\S]*Eventlet is deprecated")
def test_no_socket_stays_open_when_the_goodbye_fails(servers, vhost, proxy, monkeypatch):
    line = proxy._reply_listener.queue_consumer.consumer.channel.connection
    transport = line.transport

    def interrupted(*_: object, **__: object) -> None:
        raise amqp.ConsumerCancelled("the queue is gone")

    monkeypatch.setattr(line, "close", interrupted)
    proxy.stop()

    assert not transport.connected
