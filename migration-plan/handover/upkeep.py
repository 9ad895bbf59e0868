"""What the relay does beside its work, now and then: say how far it is, and delete what is old."""

import time

import psycopg
from prometheus_client import Gauge
from psycopg.rows import DictRow

# Not after each round: a round of a few facts asks three statements, and these are two more.
EVERY_S = 0.25
AT_ONCE = 1000

DEPTH = Gauge("outbox_depth", "Facts not yet confirmed", ["domain"])
LAG = Gauge("outbox_lag_seconds", "Age of the oldest fact not yet confirmed", ["domain"])

_BACKLOG = """
SELECT s.domain, count(o.id) AS depth,
       coalesce(extract(epoch FROM clock_timestamp() - min(o.occurred_at)), 0) AS lag
  FROM handover.stream s LEFT JOIN handover.outbox o
    ON o.domain = s.domain AND o.published_at IS NULL
 GROUP BY s.domain
"""
# By the time of the statement, which the index can be asked for: the clock is read anew for each row.
# The age stands twice: who waits for a row that is being sent anew looks at the outer condition again.
CULL = """
DELETE FROM handover.outbox
 WHERE published_at < statement_timestamp() - make_interval(secs => %(retention_s)s) AND id IN (
    SELECT id FROM handover.outbox
     WHERE published_at < statement_timestamp() - make_interval(secs => %(retention_s)s)
     ORDER BY published_at LIMIT %(at_once)s)
"""


class Upkeep:
    """The outbox of one side, kept small and watched; facts are kept for `retention_s`."""

    def __init__(self, database: psycopg.Connection[DictRow], *, retention_s: float) -> None:
        self._database = database
        self._retention_s = retention_s
        self._due = time.monotonic()

    def when_due(self) -> None:
        """Do it, unless that was a moment ago; where much is old, do not wait for the next time."""
        if time.monotonic() < self._due:
            return
        self._report()
        wanted = {"retention_s": self._retention_s, "at_once": AT_ONCE}
        culled = self._database.execute(CULL, wanted).rowcount
        if culled < AT_ONCE:
            self._due = time.monotonic() + EVERY_S

    def _report(self) -> None:
        for row in self._database.execute(_BACKLOG).fetchall():
            DEPTH.labels(row["domain"]).set(row["depth"])
            LAG.labels(row["domain"]).set(float(row["lag"]))
