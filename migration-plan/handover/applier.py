"""The applier: the only process that writes past the fence, one per side.

It takes a domain's stream in dense order and applies a batch in one transaction together with the
position reached: a message applied twice is dropped, none is applied before the one that comes before it,
a token is accepted in the transaction that applies it and therefore after every earlier change.
"""

import logging
from collections.abc import Mapping, Sequence

import amqp
import psycopg
from prometheus_client import Counter, Gauge
from psycopg.rows import DictRow

from handover import grant, topology, tracing, wire
from handover.active import APPLIER_LOCK, become_active
from handover.apply import DomainApplier
from handover.entities import Entity
from handover.probe import serve_probe
from handover.process import (
    Settings,
    Standing,
    connect_broker,
    connect_database,
    keep_going,
    stop_on_signals,
)
from handover.withheld import Withheld

log = logging.getLogger(__name__)

PREFETCH = 1500
NO_LIMIT = 0
BATCH_WAIT_S = 0.0005
IDLE_WAIT_S = 0.5

APPLIED = Counter("inbox_applied_total", "Messages applied", ["domain"])
DROPPED = Counter("inbox_dropped_total", "Messages that had been applied before", ["domain"])
REJECTED = Counter("inbox_rejected_total", "Deliveries that are no messages of ours", ["domain"])
POSITION = Gauge("inbox_sequence", "Sequence of the last message applied", ["domain"])


def run_applier(settings: Settings, domains: Mapping[str, Sequence[Entity]]) -> None:
    """Apply streams, entities in the order of their foreign keys, until SIGTERM or SIGINT."""
    standing = Standing()
    stop_on_signals(standing)
    if settings.probe_port is not None:
        serve_probe(
            host=settings.probe_host,
            port=settings.probe_port,
            trouble=lambda: standing.trouble,
        )
    keep_going("applier", lambda s: _session(settings, domains, s), standing)


def _session(
    settings: Settings, domains: Mapping[str, Sequence[Entity]], standing: Standing
) -> None:
    name = f"{settings.side}-applier"
    with connect_database(settings.database_url, name=name) as database:
        if not become_active(database, standing, lock=APPLIER_LOCK, program="applier"):
            return
        # Closing the connection (not only the channel's consumers) is what makes the broker deliver
        # again what was withheld.
        with connect_broker(settings.amqp_url) as broker, broker.channel() as channel:
            consumer = Consumer(
                database=database, broker=broker, channel=channel, side=settings.side
            )
            retired = _retired(database)
            for domain, entities in domains.items():
                if domain not in retired:
                    grant.prepare(database, domain)
                    consumer.subscribe(DomainApplier(domain, entities))
            standing.trouble = None
            while not (standing.stop.is_set() or consumer.is_over or _retired(database) != retired):
                consumer.take()
                standing.trouble = consumer.trouble


def _retired(database: psycopg.Connection[DictRow]) -> frozenset[str]:
    """Domains that are no longer followed; a change of them ends the session, and begins another."""
    return frozenset(
        row["domain"] for row in database.execute("SELECT domain FROM handover.retirement")
    )


class Consumer:
    """Collects deliveries into batches and applies each batch of a domain in one transaction.

    A domain that lacks a message stands until it is sent again; then the session `is_over`.
    """

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
        self._appliers: dict[str, DomainApplier] = {}
        self._waiting: dict[str, list[tuple[int, wire.StreamMessage]]] = {}
        self._withheld = Withheld()
        self._troubles: dict[str, str] = {}
        self.is_over = False

    def subscribe(self, applier: DomainApplier) -> None:
        """Begin to receive the stream that the other side sends to ours."""
        domain, sender = applier.domain, topology.OTHER_SIDE[self._side]
        topology.declare(self._channel, domain=domain, side=sender, receiver=self._side)
        self._appliers[domain] = applier
        self._waiting[domain] = []
        self._consume(domain, at_once=PREFETCH)

    @property
    def trouble(self) -> str | None:
        """What stands, and why."""
        return "; ".join(f"{domain}: {why}" for domain, why in self._troubles.items()) or None

    def _consume(self, domain: str, *, at_once: int) -> None:
        self._channel.basic_qos(prefetch_size=0, prefetch_count=at_once, a_global=False)
        self._channel.basic_consume(
            topology.stream_queue(domain, self._side),
            callback=lambda delivery: self._collect(domain, delivery),
        )

    def _collect(self, domain: str, delivery: amqp.Message) -> None:
        try:
            message = wire.from_amqp(delivery)
        except wire.MalformedMessageError:
            # Not part of the stream (its numbers are dense): aside with it, and say so.
            log.exception("delivery is no message of ours", extra={"domain": domain})
            REJECTED.labels(domain).inc()
            self._channel.basic_reject(delivery.delivery_tag, requeue=False)
            return
        self._waiting[domain].append((delivery.delivery_tag, message))

    def take(self) -> None:
        """Wait for deliveries, then apply all that are at hand."""
        try:
            self._broker.drain_events(timeout=IDLE_WAIT_S)
            while sum(map(len, self._waiting.values())) < PREFETCH:
                self._broker.drain_events(timeout=BATCH_WAIT_S)
        except TimeoutError:
            self._broker.heartbeat_tick()
            if not any(self._waiting.values()):
                # Without work we would not notice that our session, and with it the lock, is gone.
                self._database.execute("SELECT 1")
        waiting = {domain: batch for domain, batch in self._waiting.items() if batch}
        for domain, batch in waiting.items():
            self._apply(domain, batch, alone=len(waiting) == 1)
            batch.clear()

    def _apply(
        self, domain: str, batch: list[tuple[int, wire.StreamMessage]], *, alone: bool
    ) -> None:
        messages = [m for _, m in batch]
        try:
            with tracing.beside(f"apply {domain}", parents=[m.traceparent for m in messages]):
                outcome = self._appliers[domain].apply(self._database, messages)
        except (psycopg.DataError, psycopg.IntegrityError, LookupError, RuntimeError) as error:
            self._say_trouble(domain, f"{type(error).__name__}: {error}")
            raise
        # Only after the commit: a crash before it means redelivery, and redelivery is harmless.
        if alone and not outcome.gap and not self._withheld:
            # All that was delivered is done, so one acknowledgement says it.
            self._channel.basic_ack(batch[-1][0], multiple=True)
        else:
            self._withheld.add(domain, ((m.sequence, tag) for tag, m in batch))
            for tag in self._withheld.covered(domain, last_sequence=outcome.last_sequence):
                self._channel.basic_ack(tag)
        APPLIED.labels(domain).inc(outcome.applied)
        DROPPED.labels(domain).inc(outcome.dropped)
        POSITION.labels(domain).set(outcome.last_sequence)
        self._mind_gap(domain, missing=outcome.last_sequence + 1)

    def _mind_gap(self, domain: str, *, missing: int) -> None:
        """Let a gap be filled by what comes behind all that waits; end the session when it is."""
        if self._withheld.is_after(domain, missing):
            if domain not in self._troubles:
                log.warning("message %s is missing", missing, extra={"domain": domain})
                self._consume(domain, at_once=NO_LIMIT)
            self._troubles[domain] = f"message {missing} is missing"
            self._say_trouble(domain, self._troubles[domain])
        elif domain in self._troubles:
            self.is_over = True

    def _say_trouble(self, domain: str, trouble: str) -> None:
        """Let operators read in the database what the log says; the next batch clears it."""
        self._database.execute(
            "UPDATE handover.inbox SET trouble = %s, trouble_at = clock_timestamp() "
            "WHERE domain = %s",
            (" ".join(trouble.split())[:300], domain),
        )
