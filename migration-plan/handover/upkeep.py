"""What the relay does beside its work, now and then: say how far it is, and delete what is old."""

import time

import psycopg
from prometheus_client import Gauge
from psycopg.rows import DictRow

# Not after each round: a round of a few facts asks three statements, and these are two more.
EVERY_S = 0.25
REPORT_EVERY_S = 2.0
AT_ONCE = 1000
# After an outage there may be millions; who looks at a gauge then need not know how many.
MOST_COUNTED = 100_000

DEPTH = Gauge("outbox_depth", "Facts not yet confirmed", ["domain"])
LAG = Gauge("outbox_lag_seconds", "Age of the oldest fact not yet confirmed", ["domain"])

# Numbers are dense and go out in order, so the first that is left says how many are: nobody counts them.
BACKLOG = """
WITH fresh AS (
    SELECT domain, count(*) AS facts, min(occurred_at) AS oldest
      FROM (SELECT domain, occurred_at FROM handover.outbox
             WHERE stream_sequence IS NULL ORDER BY id LIMIT %(most)s) AS first GROUP BY domain)
SELECT s.domain,
       coalesce(s.last_sequence - o.stream_sequence + 1, 0) + coalesce(f.facts, 0) AS depth,
       coalesce(extract(epoch FROM clock_timestamp() - least(o.occurred_at, f.oldest)), 0) AS lag
  FROM handover.stream s LEFT JOIN fresh f USING (domain) LEFT JOIN LATERAL (
       SELECT stream_sequence, occurred_at FROM handover.outbox
        WHERE domain = s.domain AND published_at IS NULL AND stream_sequence IS NOT NULL
        ORDER BY stream_sequence LIMIT 1) o ON true
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
        self._due = self._report_due = time.monotonic()

    def when_due(self) -> None:
        """Do it, unless that was a moment ago; where much is old, do not wait for the next time."""
        if time.monotonic() < self._due:
            return
        if time.monotonic() >= self._report_due:
            self._report()
            self._report_due = time.monotonic() + REPORT_EVERY_S
        wanted = {"retention_s": self._retention_s, "at_once": AT_ONCE}
        culled = self._database.execute(CULL, wanted).rowcount
        if culled < AT_ONCE:
            self._due = time.monotonic() + EVERY_S

    def _report(self) -> None:
        for row in self._database.execute(BACKLOG, {"most": MOST_COUNTED}).fetchall():
            DEPTH.labels(row["domain"]).set(row["depth"])
            LAG.labels(row["domain"]).set(float(row["lag"]))
