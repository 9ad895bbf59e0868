"""The read models, made from the events: a customer's history and the sums of sales.

Events are found in the order (transaction, position), and only those below the horizon, so that what
commits late is not passed by. What is found says which orders changed; each of them is then shown as
all of its events have made it, so neither order nor repetition matters.
"""

import logging
from collections.abc import Mapping
from typing import Any

import psycopg
from prometheus_client import Counter, Gauge
from psycopg.types.json import Jsonb

from extracted.chassis.database import Connection
from extracted.chassis.streams import read_plain_settings
from extracted.orders import sales, store
from extracted.orders.domain import Purchase
from extracted.orders.horizon import FIRST_UNSHOWN, horizon
from handover.active import PROJECTOR_LOCK, become_active
from handover.keepalive import NOTICE_THE_DEAD
from handover.probe import serve_probe
from handover.process import Settings, Standing, keep_going, stop_on_signals

BATCH = 200
IDLE_WAIT_S = 0.5
# What is written already and waits for an older transaction to end: nobody tells us when it does.
LOOK_AGAIN_S = 0.02
# Held while the read models change, by the projector and by a rebuild.
SHOWING_LOCK = 80
# Who reads through the read models would notice by then.
LATE_S = 30.0

SHOWN = Counter("projector_events_total", "Events shown in the read models")
LAG = Gauge("projector_lag_seconds", "Age of the first event that the read models do not show")
# Aside, as in FIRST_UNSHOWN.
NEXT = """
SELECT e.order_id, e.written_in::text, e.position, e.at
  FROM orders.projection p, LATERAL (
       SELECT order_id, written_in, position, at FROM orders.event
        WHERE (written_in, position) > (p.written_in, p.position) AND written_in < %s::text::xid8
        ORDER BY written_in, position LIMIT %s) e
 WHERE p.name = 'read_models' ORDER BY e.written_in, e.position
"""
_MARK = """
UPDATE orders.projection SET written_in = %s::text::xid8, position = %s, shown_at = %s
 WHERE name = 'read_models'
"""
LAG_S = f"""
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.at)), 0) {FIRST_UNSHOWN}
"""  # noqa: S608 - ours
_HISTORY = """
INSERT INTO orders.history AS h (order_id, customer_id, version, shown) VALUES (%s, %s, %s, %s)
ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, shown = excluded.shown
 WHERE h.version <= excluded.version
"""

log = logging.getLogger(__name__)


def run_projector(environ: Mapping[str, str]) -> None:
    """Show events until told to stop; a second one stands by."""
    settings = read_plain_settings(environ, service="orders", role="projector", login="")
    standing = Standing()
    stop_on_signals(standing)
    if settings.probe_port is not None:
        serve_probe(
            host=settings.probe_host, port=settings.probe_port, trouble=lambda: standing.trouble
        )
    keep_going("projector", lambda s: _session(settings, s), standing)


def _session(settings: Settings, standing: Standing) -> None:
    with psycopg.connect(
        settings.database_url,
        autocommit=True,
        application_name="orders-projector",
        options=NOTICE_THE_DEAD,
    ) as connection:
        if not become_active(connection, standing, lock=PROJECTOR_LOCK, program="projector"):
            return
        connection.execute("LISTEN orders_event")
        standing.trouble = None
        while not standing.stop.is_set():
            if project(connection) < BATCH:
                lag_s = lag(connection)
                LAG.set(lag_s)
                standing.trouble = f"{lag_s:.0f} s behind" if lag_s > LATE_S else None
                patience_s = LOOK_AGAIN_S if lag_s else IDLE_WAIT_S
                for _ in connection.notifies(timeout=patience_s, stop_after=1):
                    pass


def project(connection: Connection, *, batch: int = BATCH) -> int:
    """Show the next events, in one transaction with the mark of how far we are; return how many."""
    with connection.transaction():
        hold(connection)
        rows = connection.execute(NEXT, (horizon(connection), batch)).fetchall()
        if not rows:
            return 0
        for order_id in dict.fromkeys(row[0] for row in rows):
            show(connection, store.load(connection, order_id))
        last = rows[-1]
        connection.execute(_MARK, (last[1], last[2], last[3]))
    SHOWN.inc(len(rows))
    return len(rows)


def hold(connection: Connection) -> None:
    """Let nobody else change the read models until the transaction ends."""
    # No lock on a row: an idle projector writes nothing.
    connection.execute("SELECT pg_advisory_xact_lock(4711, %s)", (SHOWING_LOCK,))


def show(connection: Connection, purchase: Purchase | None) -> None:
    """Let the read models tell of an order as it is now."""
    if purchase is None:
        return
    shown: Any = purchase.shown().model_dump(mode="json")
    values = (purchase.id, purchase.customer_id, purchase.version, Jsonb(shown))
    connection.execute(_HISTORY, values)
    sales.show(connection, purchase)


def lag(connection: Connection) -> float:
    """Return the age of the first event that is not shown yet, in seconds."""
    row = connection.execute(LAG_S).fetchone()
    return float(row[0]) if row else 0.0
