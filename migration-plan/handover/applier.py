"""The applier: the only process that writes past the fence, one per side.

It takes a domain's stream in dense order and applies a batch in one transaction together with the
position reached: a message applied twice is dropped, none is applied before the one that comes before it,
a token is accepted in the transaction that applies it and therefore after every earlier change.
"""

from collections.abc import Mapping, Sequence

import psycopg
from psycopg.rows import DictRow

from handover import grant
from handover.active import APPLIER_LOCK, become_active
from handover.apply import DomainApplier
from handover.consumer import Consumer
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
