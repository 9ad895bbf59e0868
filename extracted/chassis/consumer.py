"""The one connection on which a service consumes: late to close, quick to return, never lossy."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import eventlet
from nameko.messaging import QueueConsumer as StockQueueConsumer
from nameko.messaging import QueueConsumerStopped

from extracted.chassis.health import NotReady

log = logging.getLogger(__name__)

LAST_RETRY_S = 5.0
REQUEUE_DELAY_S = 0.5
# How soon an idle consumer sees that it is to stop; kombu looks once a second, and leaving takes two looks.
LOOK_S = 0.2


class QueueConsumer(StockQueueConsumer):
    """Consumes for all AMQP entrypoints and reply listeners of a container."""

    is_connected = False
    _pending_remove_providers: dict[Any, Any]
    _starting: bool

    @property
    def has_begun(self) -> bool:
        """Whether it was told to start, though the broker may be away still."""
        return self._starting

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Consume until told to stop, also when that comes while the broker is away."""
        try:
            super().run(*args, safety_interval=LOOK_S, **kwargs)
        except QueueConsumerStopped:
            log.info("stopped while the broker was away")
            if not self._consumers_ready.ready():
                # start() still waits for a first connection.
                self._consumers_ready.send(None)

    def unregister_provider(self, provider: Any) -> None:
        """Let a provider go; while the broker is away there is no consumer to cancel first.

        The stock one waits for the next iteration then, which comes when the broker does.
        """
        if self.is_connected:
            super().unregister_provider(provider)
        else:
            self._consumers.pop(provider, None)
            super(StockQueueConsumer, self).unregister_provider(provider)

    def stop(self) -> None:
        """Stop when the last provider has gone, without waiting for a broker that is away."""
        if not self.is_connected:
            self.wait_for_providers()
            if self._gt is not None and not self._gt.dead:
                self._gt.kill(QueueConsumerStopped())
        super().stop()

    def check_ready(self) -> None:
        """Raise NotReady while the broker is away."""
        if not self.is_connected and self.container.config["SETTINGS"].needs_broker:
            msg = "not consuming"
            raise NotReady(msg)

    def requeue_later(self, message: Any) -> None:
        """Give a message back after a pause, so that a lasting fault does not spin."""
        eventlet.sleep(REQUEUE_DELAY_S)
        self.requeue_message(message)

    def on_iteration(self) -> None:
        """Cancel what was asked; stop only when no worker still has to acknowledge here.

        The stock one closes the connection right after SIGTERM: work that takes longer loses its
        acknowledgement and is done again after the restart.
        """
        self._cancel_consumers_if_requested()
        if not self._consumers and not self.container.is_working:
            self.should_stop = True

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        """Reject what cannot be read (to the dead letters); the stock one loses it by an ack."""
        queue = message.delivery_info.get("routing_key")
        log.error("undecodable message", extra={"routing_key": queue, "reason": repr(exc)})
        message.reject()

    def get_consumers(self, consumer_cls: Callable[..., Any], channel: Any) -> Any:
        """Declare the queues beside each consumer's own, at every (re)connection."""
        for provider in self._providers:
            for queue in getattr(provider, "side_queues", ()):
                queue(channel).declare()
        return super().get_consumers(consumer_cls, channel)

    @contextmanager
    def establish_connection(self) -> Iterator[Any]:
        """Connect, waiting at most five seconds between tries (stock: up to 32)."""
        with self.connection.clone() as connection:
            connection.ensure_connection(
                self.on_connection_error,
                None,
                interval_start=0.5,
                interval_step=0.5,
                interval_max=LAST_RETRY_S,
            )
            yield connection

    @contextmanager
    def extra_context(self, _connection: Any, _channel: Any) -> Iterator[None]:
        """Know whether we are connected."""
        self.is_connected = True
        try:
            yield
        finally:
            self.is_connected = False

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        """Tell, and let go of the providers when we are stopping: no iteration will come."""
        log.warning("broker away", extra={"reason": repr(exc), "retry_in_s": interval})
        for removed in self._pending_remove_providers.values():
            removed.send()
        self._pending_remove_providers = {}
        if not self._providers:
            raise QueueConsumerStopped
