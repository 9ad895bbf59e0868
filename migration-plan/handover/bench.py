"""`python -m handover.bench`: how fast the broker takes and confirms what a relay would send.

The relay is measured against this (`python -m loadtests.services relay`), so nothing else may
differ: the messages are those that the relay has just published, byte for byte, with the relay's
window and its confirms, into a durable queue. It stands here and not beside the load, because
load tests know the system by HTTP and its databases only.
"""

import argparse
import json
import os
import time
import uuid
from typing import NoReturn

import amqp

from handover.confirms import ConfirmWindow
from handover.process import connect_broker, connect_database
from handover.relay import WINDOW
from handover.wire import to_amqp

_LATEST = (
    "SELECT event_id, domain, kind, event, aggregate_id, epoch, payload::text, correlation_id,"
    " traceparent, occurred_at, stream_sequence"
    " FROM handover.outbox WHERE domain = %s AND kind = 'fact' AND published_at IS NOT NULL"
    " ORDER BY stream_sequence DESC LIMIT %s"
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # Without the usage, which has lines enough to hide this one.
        self.exit(2, f"{self.prog}: {message}; see --help\n")


def main() -> None:
    """Publish the latest facts of a domain again, to a queue of our own that is deleted afterwards."""
    parser = _Parser(prog="python -m handover.bench", description=main.__doc__)
    parser.add_argument("--domain", default="catalog")
    parser.add_argument("--messages", type=int, default=5_000)
    wanted = parser.parse_args()
    messages = _latest(wanted.domain, wanted.messages)
    if not messages:
        parser.exit(2, f"handover.bench: the outbox has no published facts of {wanted.domain}\n")
    seconds = _publish(messages)
    size = sum(len(message.body) for message in messages)
    found = {"messages": len(messages), "bytes": size, "window": WINDOW, "seconds": seconds}
    print(json.dumps(found))


def _latest(domain: str, number: int) -> list[amqp.Message]:
    with connect_database(os.environ["STRANGLER_MONOLITH_DATABASE_URL"], name="bench") as database:
        rows = database.execute(_LATEST, (domain, number)).fetchall()
    return [to_amqp(row, side="monolith") for row in reversed(rows)]


def _publish(messages: list[amqp.Message]) -> float:
    name = f"bench.{uuid.uuid4()}"
    with connect_broker(os.environ["AMQP_URL"]) as broker, broker.channel() as channel:
        channel.confirm_select()
        channel.exchange_declare(name, "topic", durable=True, auto_delete=False)
        channel.queue_declare(name, durable=True, auto_delete=False)
        channel.queue_bind(name, name, routing_key="#")
        window = ConfirmWindow(broker, channel)
        try:
            begun = time.perf_counter()
            for first in range(0, len(messages), WINDOW):
                for message in messages[first : first + WINDOW]:
                    window.publish(message, exchange=name, routing_key="fact", mandatory=True)
                window.wait()
            return time.perf_counter() - begun
        finally:
            channel.queue_delete(name)
            channel.exchange_delete(name)


if __name__ == "__main__":
    main()
