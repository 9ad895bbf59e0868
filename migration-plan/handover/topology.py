"""Exchanges and queues of a domain's stream, declared by whoever comes first.

The side that owns writes publishes once to `<domain>.facts.<side>`. From there RabbitMQ carries
each message to the other side's stream queue and to `<domain>.events`, the exchange on which
Nameko's event handlers listen; so a subscriber never sees which side is the owner.
"""

import amqp

OTHER_SIDE = {"monolith": "service", "service": "monolith"}


def facts_exchange(domain: str, side: str) -> str:
    """Return the exchange the relay of `side` publishes to."""
    return f"{domain}.facts.{side}"


def events_exchange(domain: str) -> str:
    """Return Nameko's exchange for the events of a domain."""
    return f"{domain}.events"


def stream_queue(domain: str, receiver: str) -> str:
    """Return the queue from which `receiver` applies the other side's stream."""
    return f"{domain}.stream.to-{receiver}"


def declare(channel: amqp.Channel, *, domain: str, side: str, receiver: str | None) -> None:
    """Declare everything the stream from `side` needs; repeating it changes nothing."""
    source, events = facts_exchange(domain, side), events_exchange(domain)
    for exchange in (source, events):
        channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
    channel.exchange_bind(events, source, routing_key="#")
    if receiver is None:
        return
    queue = stream_queue(domain, receiver)
    dead = f"{queue}.dead"
    channel.queue_declare(dead, durable=True, auto_delete=False)
    channel.queue_declare(
        queue,
        durable=True,
        auto_delete=False,
        # For what is no message of ours at all; a message of ours is never skipped.
        arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead},
    )
    channel.queue_bind(queue, source, routing_key="#")
