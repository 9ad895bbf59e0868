"""Calls to services as Nameko makes them, by hand: no eventlet here."""

import uuid
from typing import Any

import kombu

from tests.extracted.running import await_consumer, until


def call(broker: str, method: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Call `service.method`; return Nameko's envelope, `result` and `error`."""
    await_consumer(broker, f"rpc-{method.partition('.')[0]}")
    answers: list[dict[str, Any]] = []
    exchange = kombu.Exchange("nameko-rpc", type="topic", durable=True)
    address = str(uuid.uuid4())
    queue = kombu.Queue(f"rpc.reply-test-{address}", exchange, routing_key=address, exclusive=True)

    def receive(body: Any, message: Any) -> None:
        message.ack()
        answers.append(body)

    with (
        kombu.Connection(broker) as connection,
        connection.Consumer(queue, callbacks=[receive], accept=["json"]),
    ):
        connection.Producer(serializer="json").publish(
            {"args": args, "kwargs": kwargs},
            exchange=exchange,
            routing_key=method,
            reply_to=address,
            correlation_id="1",
        )
        until(lambda: answers or connection.drain_events(timeout=15) or answers)
    return answers[0]
