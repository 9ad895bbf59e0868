"""The relay: carries the outbox to the broker, in order, each fact at least once.

Two relays may run; the one that holds the session advisory lock works, the other waits. A round
numbers the new facts (committed before anything is published, so that a crash repeats the same
numbers), publishes a window, waits for every confirm of it and only then marks the window. Under
load the next window is numbered and read, in a thread, while the one before goes to the broker.

A cursor over ids would lose facts: ids are given before commit. Hence numbers are given here, to
what is visible, and unnumbered facts are found by their state, not by their id.
"""

import logging
from collections import Counter as Counted
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import amqp
import psycopg
from prometheus_client import Counter
from psycopg.rows import DictRow

from handover import topology, tracing, wire
from handover.active import RELAY_LOCK, become_active
from handover.confirms import ConfirmWindow
from handover.probe import serve_probe
from handover.process import (
    Settings,
    Standing,
    connect_broker,
    connect_database,
    keep_going,
    stop_on_signals,
)
from handover.upkeep import Upkeep

log = logging.getLogger(__name__)

WINDOW = 500
IDLE_WAIT_S = 0.5

PUBLISHED = Counter("outbox_published_total", "Facts confirmed by the broker", ["domain"])

NUMBER = """
WITH fresh AS (
    SELECT id, domain, row_number() OVER (PARTITION BY domain ORDER BY id) AS place
      FROM (SELECT id, domain FROM handover.outbox
             WHERE stream_sequence IS NULL ORDER BY id LIMIT %(window)s) AS oldest),
numbered AS (
    UPDATE handover.outbox o SET stream_sequence = s.last_sequence + f.place
      FROM fresh f JOIN handover.stream s USING (domain) WHERE o.id = f.id RETURNING o.domain),
counted AS (SELECT domain, count(*) AS facts FROM numbered GROUP BY domain)
UPDATE handover.stream s SET last_sequence = s.last_sequence + c.facts
  FROM counted c WHERE c.domain = s.domain
"""
_WINDOW = """
SELECT o.id, o.event_id, o.domain, o.kind, o.event, o.aggregate_id, o.epoch, o.payload::text,
       o.correlation_id, o.traceparent, o.occurred_at, o.stream_sequence, s.receiver
  FROM handover.outbox o JOIN handover.stream s USING (domain)
 WHERE o.published_at IS NULL AND o.stream_sequence IS NOT NULL AND o.id <> ALL(%(in_flight)s)
 ORDER BY o.domain, o.stream_sequence LIMIT %(window)s
"""
# With the number that was sent: under another one nobody has it yet.
_MARK = """
UPDATE handover.outbox o SET published_at = clock_timestamp()
  FROM unnest(%(ids)s::bigint[], %(numbers)s::bigint[]) AS sent (id, number)
 WHERE o.id = sent.id AND o.stream_sequence = sent.number
"""


def run_relay(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    standing = Standing()
    stop_on_signals(standing)
    if settings.probe_port is not None:
        serve_probe(
            host=settings.probe_host,
            port=settings.probe_port,
            trouble=lambda: standing.trouble,
        )
    keep_going("relay", lambda s: _session(settings, s), standing)


def _session(settings: Settings, standing: Standing) -> None:
    name = f"{settings.side}-relay"
    with connect_database(settings.database_url, name=name) as database:
        if not become_active(database, standing, lock=RELAY_LOCK, program="relay"):
            return
        # Not before: what nobody reads while standing by would pile up in our memory.
        database.execute("LISTEN handover_outbox")
        with connect_broker(settings.amqp_url) as broker, broker.channel() as channel:
            channel.confirm_select()
            _declare(channel, database, side=settings.side)
            relay = Relay(database=database, broker=broker, channel=channel, side=settings.side)
            standing.trouble = None
            upkeep = Upkeep(database, retention_s=settings.retention_s)
            with closing(relay):
                while not standing.stop.is_set():
                    carried = relay.carry()
                    upkeep.when_due()
                    if carried < WINDOW:
                        relay.wait()


def _declare(channel: amqp.Channel, database: psycopg.Connection[DictRow], *, side: str) -> None:
    for row in database.execute("SELECT domain, receiver FROM handover.stream").fetchall():
        topology.declare(channel, domain=row["domain"], side=side, receiver=row["receiver"])


class Relay:
    """One active relay: the outbox on one hand, the broker on the other."""

    def __init__(
        self,
        *,
        database: psycopg.Connection[DictRow],
        broker: amqp.Connection,
        channel: amqp.Channel,
        side: str,
    ) -> None:
        self._database = database
        self._broker = broker
        self._side = side
        self._channel = channel
        self._window = ConfirmWindow(broker, channel)
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._ahead: Future[list[DictRow]] | None = None

    def close(self) -> None:
        """End the reading ahead, if it is under way."""
        self._aside.shutdown(cancel_futures=True)

    def carry(self) -> int:
        """Publish, confirm and mark one window; return how many facts went out."""
        ahead, self._ahead = self._ahead, None
        rows = (ahead.result() if ahead else []) or self._read()
        if not rows:
            return 0
        ids = [row["id"] for row in rows]
        if len(rows) == WINDOW:
            # There may be more: the database looks while we and the broker are at work.
            self._ahead = self._aside.submit(self._read, in_flight=ids)
        for row in rows:
            self._publish(row)
        self._window.wait()
        numbers = [row["stream_sequence"] for row in rows]
        self._database.execute(_MARK, {"ids": ids, "numbers": numbers})
        for domain, facts in Counted(row["domain"] for row in rows).items():
            PUBLISHED.labels(domain).inc(facts)
        return len(rows)

    def _read(self, *, in_flight: Sequence[int] = ()) -> list[DictRow]:
        """Number what is new, and return the next window of what is not in flight."""
        self._database.execute(NUMBER, {"window": WINDOW})
        wanted = {"window": WINDOW, "in_flight": list(in_flight)}
        return self._database.execute(_WINDOW, wanted).fetchall()

    def _publish(self, row: dict[str, Any]) -> None:
        if row["traceparent"] and tracing.is_on():
            # History that is copied belongs to no request, and makes no trace.
            name = f"publish {row['event']}"
            with tracing.span(name, kind="producer", parent=row["traceparent"]):
                self._send({**row, "traceparent": tracing.current()})
        else:
            self._send(row)

    def _send(self, row: dict[str, Any]) -> None:
        self._window.publish(
            wire.to_amqp(row, side=self._side),
            exchange=topology.facts_exchange(row["domain"], self._side),
            routing_key=row["event"],
            # A stream has a receiver's queue by construction; a plain event may have no listener.
            mandatory=row["receiver"] is not None,
        )

    def wait(self) -> None:
        """Sleep until a fact is written, or a moment; keep the broker's heartbeat alive."""
        for _ in self._database.notifies(timeout=IDLE_WAIT_S, stop_after=1):
            pass
        self._broker.heartbeat_tick()
        self._window.poll()
