"""The second relay: carries the same outbox to Kafka, in order, each fact at least once.

It has a mark of its own, `handover.export`, and so waits for nobody and holds up nobody: it follows
the dense numbers of each domain's stream, and marks what Kafka has acknowledged. A crash repeats at most a
window. While there is a mark, culling waits for it (`handover.keep_unexported`).
"""

import logging
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg
from prometheus_client import Counter, Gauge
from psycopg.rows import DictRow

from handover.active import EXPORT_LOCK, RELAY_LOCK, become_active
from handover.cloudevents import to_record
from handover.kafka import KafkaSettings, KafkaSink
from handover.probe import serve_probe
from handover.process import Settings, Standing, connect_database, keep_going, stop_on_signals
from handover.relay import IDLE_WAIT_S, NUMBER, WINDOW

log = logging.getLogger(__name__)

SINK = "kafka"

EXPORTED = Counter("outbox_exported_total", "Facts acknowledged by Kafka", ["domain"])
BEHIND = Gauge("outbox_export_depth", "Facts not yet acknowledged by Kafka", ["domain"])

_BEGIN = """
INSERT INTO handover.export (sink, domain, last_sequence)
SELECT %(sink)s, domain, 0 FROM handover.stream ON CONFLICT DO NOTHING
"""
# Only now, when the new marks hold back the culling, is the oldest fact sure to stay the oldest.
_BEGIN_AT_THE_OLDEST = """
UPDATE handover.export e SET last_sequence = coalesce(
    (SELECT min(o.stream_sequence) - 1 FROM handover.outbox o WHERE o.domain = e.domain),
    (SELECT s.last_sequence FROM handover.stream s WHERE s.domain = e.domain))
 WHERE e.sink = %(sink)s AND e.exported_at IS NULL
"""
_MARKS = "SELECT domain, last_sequence FROM handover.export WHERE sink = %(sink)s"
# Per domain, for the index to be entered at its mark: a plain join reads all facts that are kept.
NEXT = """
SELECT o.* FROM handover.export e, LATERAL (
       SELECT * FROM handover.outbox WHERE domain = e.domain AND stream_sequence > e.last_sequence
        ORDER BY stream_sequence LIMIT %(window)s) o
 WHERE e.sink = %(sink)s ORDER BY o.domain, o.stream_sequence LIMIT %(window)s
"""
_MARK = """
UPDATE handover.export SET last_sequence = %(last)s, exported_at = clock_timestamp()
 WHERE sink = %(sink)s AND domain = %(domain)s
"""
_DEPTH = """
SELECT e.domain, handover_end.last_sequence - e.last_sequence AS depth FROM handover.export e
  JOIN handover.stream handover_end USING (domain) WHERE e.sink = %(sink)s
"""


class MissingFactError(RuntimeError):
    """A number is missing in the outbox: somebody took away what Kafka has not got."""


def run_exporter(settings: Settings, kafka: KafkaSettings) -> None:
    """Run until SIGTERM or SIGINT."""
    standing = Standing()
    stop_on_signals(standing)
    if settings.probe_port is not None:
        serve_probe(
            host=settings.probe_host,
            port=settings.probe_port,
            trouble=lambda: standing.trouble,
        )
    keep_going("kafka relay", lambda s: _session(settings, kafka, s), standing)


def end_export(settings: Settings) -> int:
    """Forget how far Kafka is, so that nothing waits for it; return how many domains that were."""
    with connect_database(settings.database_url, name=f"{settings.side}-kafka") as database:
        return database.execute("DELETE FROM handover.export WHERE sink = %s", (SINK,)).rowcount


def _session(settings: Settings, kafka: KafkaSettings, standing: Standing) -> None:
    name = f"{settings.side}-kafka"
    with connect_database(settings.database_url, name=name) as database:
        if not become_active(database, standing, lock=EXPORT_LOCK, program="Kafka relay"):
            return
        database.execute("LISTEN handover_outbox")
        # Before Kafka is asked: what is written from now on is kept for it.
        begin(database)
        with closing(KafkaSink(kafka, client_id=name)) as sink:
            sink.ping()
            standing.trouble = None
            exporter = Exporter(
                database=database, sink=sink, side=settings.side, prefix=kafka.topic_prefix
            )
            while not standing.stop.is_set():
                if exporter.carry() < WINDOW:
                    exporter.report()
                    exporter.wait()


def begin(database: psycopg.Connection[DictRow]) -> None:
    """Set a mark for each domain that has none, before the oldest fact that is still there."""
    database.execute(_BEGIN, {"sink": SINK})
    database.execute(_BEGIN_AT_THE_OLDEST, {"sink": SINK})


class Exporter:
    """One active exporter: the outbox on one hand, Kafka on the other."""

    def __init__(
        self,
        *,
        database: psycopg.Connection[DictRow],
        sink: KafkaSink,
        side: str,
        prefix: str,
    ) -> None:
        self._database = database
        self._sink = sink
        self._side = side
        self._prefix = prefix

    def carry(self) -> int:
        """Publish, await and mark one window; return how many facts went out."""
        self._number()
        rows = self._database.execute(NEXT, {"sink": SINK, "window": WINDOW}).fetchall()
        if not rows:
            return 0
        marks = self._database.execute(_MARKS, {"sink": SINK}).fetchall()
        ends = ends_of(rows, after={mark["domain"]: mark["last_sequence"] for mark in marks})
        self._sink.publish([to_record(r, side=self._side, prefix=self._prefix) for r in rows])
        with self._database.transaction():
            for domain, last in ends.items():
                self._database.execute(_MARK, {"sink": SINK, "domain": domain, "last": last})
        for row in rows:
            EXPORTED.labels(row["domain"]).inc()
        return len(rows)

    def _number(self) -> None:
        """Number new facts while nobody else does: without RabbitMQ its relay holds no lock."""
        with self._database.transaction():
            row = self._database.execute(
                "SELECT pg_try_advisory_xact_lock(4711, %s) AS mine", (RELAY_LOCK,)
            ).fetchone()
            if row and row["mine"]:
                self._database.execute(NUMBER, {"window": WINDOW})

    def report(self) -> None:
        """Publish how far Kafka is behind as a metric."""
        for row in self._database.execute(_DEPTH, {"sink": SINK}).fetchall():
            BEHIND.labels(row["domain"]).set(row["depth"])

    def wait(self) -> None:
        """Sleep until a fact is written, or a moment."""
        for _ in self._database.notifies(timeout=IDLE_WAIT_S, stop_after=1):
            pass
        self._sink.poll()


def ends_of(rows: Sequence[dict[str, Any]], *, after: dict[str, int]) -> dict[str, int]:
    """Return the last number per domain; raises MissingFactError unless they follow without a gap."""
    ends = dict(after)
    for row in rows:
        domain, number = row["domain"], row["stream_sequence"]
        if number != ends[domain] + 1:
            msg = f"{domain}: {ends[domain] + 1} is missing, {number} is there"
            raise MissingFactError(msg)
        ends[domain] = number
    return {domain: last for domain, last in ends.items() if last != after[domain]}
