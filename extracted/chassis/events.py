"""Event handlers that lose nothing: retries through delay queues, then a dead letter queue.

A database that is away says nothing about the message, so that try does not count: an outage of a
minute would put aside all that was said meanwhile.
"""

import logging
from typing import Any

import nameko.events
from kombu.entity import Queue
from nameko.events import BROADCAST
from pydantic import ValidationError

from extracted.chassis.consumer import QueueConsumer
from extracted.chassis.container import ExcInfo
from extracted.chassis.database import is_away
from extracted.chassis.metrics import EVENTS_HANDLED
from extracted.chassis.publishing import BoundedPublisher
from extracted.contracts.envelope import Envelope

RETRIES_MS = (1_000, 5_000, 30_000)
ATTEMPT = "x-attempt"
LAST_ERROR = "x-error"

log = logging.getLogger(__name__)


class Reject(Exception):
    """Raised by a handler: retrying cannot help, park the message."""


def read_envelope(body: Any) -> Envelope:
    """Read a message of ours; raises Reject for one that is not."""
    try:
        return Envelope.model_validate(body)
    except ValidationError as error:
        msg = f"not an envelope: {error.error_count()} errors"
        raise Reject(msg) from error


def dead_letters(queue: str) -> str:
    """Return the name of a queue's dead letter queue."""
    return f"{queue}.dlq"


class EventHandler(nameko.events.EventHandler):
    """`@event_handler("orders", "order_placed")`; a failure is tried again after each delay."""

    queue_consumer = QueueConsumer()

    def __init__(self, *args: Any, retries_ms: tuple[int, ...] = RETRIES_MS, **kwargs: Any) -> None:
        self.retries_ms = retries_ms
        self.side_queues: tuple[Queue, ...] = ()
        super().__init__(*args, **kwargs)

    def setup(self) -> None:
        """Name the queues. Their arguments can never change later, so they are there from day one."""
        super().setup()
        if self.handler_type is BROADCAST:
            return
        name = self.queue.name
        self.queue.queue_arguments = _to_default_exchange(dead_letters(name))
        self.side_queues = (
            _durable(dead_letters(name)),
            *(
                _durable(
                    _delay_queue(name, delay_ms),
                    {"x-message-ttl": delay_ms, **_to_default_exchange(name)},
                )
                for delay_ms in self.retries_ms
            ),
        )
        self._publisher = BoundedPublisher(self.container.config["AMQP_URI"])

    def handle_message_processed(
        self, message: Any, _result: Any = None, exc_info: ExcInfo | None = None
    ) -> None:
        """Acknowledge, retry later, park, or give back: exactly one of them."""
        outcome = self._settle(message, exc_info)
        EVENTS_HANDLED.labels(self.method_name, outcome).inc()

    def _settle(self, message: Any, exc_info: ExcInfo | None) -> str:
        if exc_info is None or self.handler_type is BROADCAST:
            self.queue_consumer.ack_message(message)
            return "handled"
        attempt, error = _attempt(message), exc_info[1]
        is_last = attempt >= len(self.retries_ms) and not is_away(error)
        if isinstance(error, Reject) or is_last:
            if message.channel.connection:
                message.reject()
            return "parked"
        try:
            self._retry_later(message, attempt=attempt, error=error)
        except Exception:
            # Unacknowledged it would hold a prefetch slot until the next reconnection.
            log.warning("retry not published, message given back", exc_info=True)
            self.queue_consumer.requeue_later(message)
            return "returned"
        self.queue_consumer.ack_message(message)
        return "retried"

    def _retry_later(self, message: Any, *, attempt: int, error: BaseException) -> None:
        properties = dict(message.properties)
        headers = dict(properties.pop("application_headers", None) or {})
        counted = attempt if is_away(error) else attempt + 1
        headers |= {ATTEMPT: counted, LAST_ERROR: repr(error)[:200]}
        delay_ms = self.retries_ms[min(attempt, len(self.retries_ms) - 1)]
        for ours in ("delivery_mode", "expiration", "content_type", "content_encoding"):
            properties.pop(ours, None)
        # The body goes on as it came: serialized again it would arrive as a string in a string.
        self._publisher.publish(
            message.body,
            headers=headers,
            serializer=None,
            content_type=message.content_type,
            content_encoding=message.content_encoding,
            exchange="",
            routing_key=_delay_queue(self.queue.name, delay_ms),
            mandatory=True,
            **properties,
        )


event_handler = EventHandler.decorator


def _durable(name: str, arguments: dict[str, Any] | None = None) -> Queue:
    return Queue(name, durable=True, queue_arguments=arguments)


def _delay_queue(queue: str, delay_ms: int) -> str:
    return f"{queue}.retry-{delay_ms}"


def _to_default_exchange(queue: str) -> dict[str, str]:
    return {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue}


def _attempt(message: Any) -> int:
    try:
        return int(message.headers.get(ATTEMPT, 0))
    except (TypeError, ValueError):
        return 0
