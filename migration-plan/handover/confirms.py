"""Publisher confirms by the window: many in flight, none forgotten.

RabbitMQ may confirm out of order and several at once, so the outstanding tags are kept as a set:
the highest confirmed tag says nothing about the ones below it.
"""

import time

import amqp

CONFIRM_TIMEOUT_S = 10.0


class NotConfirmedError(ConnectionError):
    """The broker refused, returned or did not confirm a message in time."""


class ConfirmWindow:
    """Publish on a channel in confirm mode, then wait until nothing is outstanding."""

    def __init__(self, broker: amqp.Connection, channel: amqp.Channel) -> None:
        self._broker = broker
        self._channel = channel
        self._next_tag = 1
        self._outstanding: set[int] = set()
        self._refused: str | None = None
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)

    def publish(
        self, message: amqp.Message, *, exchange: str, routing_key: str, mandatory: bool
    ) -> None:
        """Send without waiting."""
        # `basic_publish` of a confirming channel waits for each confirm: five thousand a second
        # become five hundred.
        self._channel._basic_publish(  # noqa: SLF001
            message, exchange=exchange, routing_key=routing_key, mandatory=mandatory
        )
        self._outstanding.add(self._next_tag)
        self._next_tag += 1

    def wait(self) -> None:
        """Return when all is confirmed; raises NotConfirmedError otherwise."""
        deadline = time.monotonic() + CONFIRM_TIMEOUT_S
        while self._outstanding and not self._refused:
            left = deadline - time.monotonic()
            if left <= 0:
                msg = f"{len(self._outstanding)} messages not confirmed in {CONFIRM_TIMEOUT_S} s"
                raise NotConfirmedError(msg)
            try:
                self._broker.drain_events(timeout=left)
            except TimeoutError:
                continue
        if self._refused:
            raise NotConfirmedError(self._refused)

    def poll(self) -> None:
        """Read what the broker has to say without waiting (heartbeats, a closing connection)."""
        try:
            self._broker.drain_events(timeout=0.001)
        except TimeoutError:
            return

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp calls it
        if multiple:
            self._outstanding = {tag for tag in self._outstanding if tag > delivery_tag}
        else:
            self._outstanding.discard(delivery_tag)

    def _on_nack(self, delivery_tag: int, *_: object) -> None:
        self._refused = f"the broker refused message {delivery_tag}"

    def _on_return(self, error: Exception, *_: object) -> None:
        # A returned message is confirmed as well: without this it would count as delivered.
        self._refused = f"no queue took the message: {error}"
