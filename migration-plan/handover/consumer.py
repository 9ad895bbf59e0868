"""Takes the streams of a side from the broker, and has each batch applied before it is acknowledged."""

import logging

import amqp
import psycopg
from prometheus_client import Counter, Gauge
from psycopg.rows import DictRow

from handover import topology, tracing, wire
from handover.apply import DomainApplier, Outcome
from handover.resting import Resting
from handover.withheld import Withheld

log = logging.getLogger(__name__)

PREFETCH = 1500
# A round reads no further than so many characters: what it read is in memory twice, as text and as
# rows. The rest waits in the socket, and behind it in the broker.
ROUND_CHARACTERS = 4 * 2**20
NO_LIMIT = 0
BATCH_WAIT_S = 0.0005
IDLE_WAIT_S = 0.5

APPLIED = Counter("inbox_applied_total", "Messages applied", ["domain"])
DROPPED = Counter("inbox_dropped_total", "Messages that had been applied before", ["domain"])
REJECTED = Counter("inbox_rejected_total", "Deliveries that are no messages of ours", ["domain"])
POSITION = Gauge("inbox_sequence", "Sequence of the last message applied", ["domain"])
Batch = list[tuple[int, wire.StreamMessage]]


class Consumer:
    """Collects deliveries into batches and applies each batch of a domain in one transaction.

    A domain that lacks a message stands until it is sent again; then the session `is_over`. One whose
    batch cannot be applied rests with it and tries it again; the others go on.
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
        self._waiting: dict[str, Batch] = {}
        self._withheld = Withheld()
        self._resting = Resting()
        self._troubles: dict[str, str] = {}
        self._read_characters = 0
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
        standing = self._resting.reasons | self._troubles
        return "; ".join(f"{domain}: {why}" for domain, why in standing.items()) or None

    def _consume(self, domain: str, *, at_once: int) -> None:
        self._channel.basic_qos(prefetch_size=0, prefetch_count=at_once, a_global=False)
        self._channel.basic_consume(
            topology.stream_queue(domain, self._side),
            callback=lambda delivery: self._collect(domain, delivery),
        )

    def _collect(self, domain: str, delivery: amqp.Message) -> None:
        self._read_characters += len(delivery.body)
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
        """Wait for deliveries, then apply all that are at hand; raises what ends the session."""
        self._receive()
        alone = sum(map(bool, self._waiting.values())) == 1
        for domain in self._at_hand():
            # Taken out before it is applied: what comes meanwhile belongs to the next round.
            batch, self._waiting[domain] = self._waiting[domain], []
            outcome = self._apply(domain, batch)
            if outcome is not None:
                self._acknowledge(domain, batch, outcome, alone=alone)
                self._mind_gap(domain, missing=outcome.last_sequence + 1)

    def _receive(self) -> None:
        self._read_characters = 0
        try:
            self._broker.drain_events(timeout=self._resting.left_s(BATCH_WAIT_S, IDLE_WAIT_S))
            while self._has_room():
                self._broker.drain_events(timeout=BATCH_WAIT_S)
        except TimeoutError:
            self._broker.heartbeat_tick()
            if not self._at_hand():
                # Without work we would not notice that our session, and with it the lock, is gone.
                self._database.execute("SELECT 1")

    def _has_room(self) -> bool:
        waiting = sum(len(self._waiting[domain]) for domain in self._at_hand())
        return waiting < PREFETCH and self._read_characters < ROUND_CHARACTERS

    def _at_hand(self) -> list[str]:
        return [
            domain
            for domain, batch in self._waiting.items()
            if batch and not self._resting.holds(domain)
        ]

    def _apply(self, domain: str, batch: Batch) -> Outcome | None:
        """Return what came of it; None when it could not be applied and will be tried again."""
        messages = [m for _, m in batch]
        try:
            with tracing.beside(f"apply {domain}", parents=[m.traceparent for m in messages]):
                outcome = self._appliers[domain].apply(self._database, messages)
        except Exception as error:
            # Without the database nobody gets on; and behind a gap there is no limit to what waits.
            if self._database.closed or domain in self._troubles:
                raise
            log.exception("batch is not applied", extra={"domain": domain})
            self._resting.begin(domain, f"{type(error).__name__}: {error}")
            self._say_trouble(domain, self._resting.reasons[domain])
            self._waiting[domain][:0] = batch
            return None
        self._resting.end(domain)
        return outcome

    def _acknowledge(self, domain: str, batch: Batch, outcome: Outcome, *, alone: bool) -> None:
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
