"""Hears every question that is asked over the broker: a queue of ours gets a copy of each.

Nameko sends all questions through one topic exchange, with `service.method` as their key; answers go to
keys without a dot. So the copies are counted at once, and not by the broker's own sums, which come late.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import amqp

# So long nobody asks anything, or so often somebody always does.
QUIET_S, MOST_LOOKS = 0.4, 6
_EXCHANGE, _QUESTIONS = "nameko-rpc", "*.*"


class Ear:
    """Counts what was asked since it was last counted."""

    def __init__(self, channel: amqp.Channel | None) -> None:
        self._channel = channel
        self._queue = ""
        if channel is not None:
            self._queue = channel.queue_declare(exclusive=True, auto_delete=True).queue
            channel.queue_bind(self._queue, exchange=_EXCHANGE, routing_key=_QUESTIONS)

    def until_quiet(self) -> int:
        """Everything that is asked because of what was just done: some of it follows its answer."""
        total, patience = self.heard(), MOST_LOOKS
        while self._channel is not None and patience:
            time.sleep(QUIET_S)
            more, patience = self.heard(), patience - 1
            if not more:
                break
            total += more
        return total

    def heard(self) -> int:
        """How many questions there were since the last time."""
        if self._channel is None:
            return 0
        count = 0
        while self._channel.basic_get(self._queue, no_ack=True) is not None:
            count += 1
        return count


@contextmanager
def listening(environment: Mapping[str, str]) -> Iterator[Ear]:
    """Listen while the block lasts; where nobody asks over a broker there is nothing to hear."""
    if not (url := environment.get("AMQP_URL")):
        yield Ear(None)
        return
    place = urlsplit(url)
    with amqp.Connection(
        host=f"{place.hostname}:{place.port}",
        userid=unquote(place.username or ""),
        password=unquote(place.password or ""),
        virtual_host=unquote(place.path.removeprefix("/")) or "/",
    ) as connection:
        channel = connection.channel()
        try:
            channel.exchange_declare(_EXCHANGE, type="topic", passive=True)
        except amqp.NotFound:
            # The exchange comes with the first service; the broker closes the channel that asked.
            yield Ear(None)
            return
        yield Ear(channel)
