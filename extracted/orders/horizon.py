"""How far events can be read without passing by one that commits late.

A position is given before the commit, so a cursor over positions alone would miss what commits after
its neighbors. Every event names its transaction; those below the horizon have all ended. PostgreSQL's
own horizon, `pg_snapshot_xmin`, belongs to the whole cluster: a long transaction in somebody else's
database would stop our read models. So what is known to run elsewhere does not count here. (The
technique is that of "How Postgres sequences issues can impact your messaging guarantees" by
O. Dudycz, 2023; leaving other databases out is ours.)
"""

from extracted.chassis.database import Connection

# The first event that the read models do not show, if there is one. It is looked for aside, so that the
# index is entered at the mark: as a join, all events were read to be passed by.
FIRST_UNSHOWN = """
  FROM orders.projection p, LATERAL (
       SELECT at FROM orders.event WHERE (written_in, position) > (p.written_in, p.position)
        ORDER BY written_in, position LIMIT 1) e
 WHERE p.name = 'read_models'
"""
# Only what is found in another database is left out. A transaction without a place (it has its id and
# not yet the lock on it, or was prepared and belongs to no session) may be ours, and is waited for.
_HORIZON = """
SELECT coalesce(
       (SELECT min(open::text::numeric)::text
          FROM pg_snapshot_xip(snapshot) AS open
         WHERE NOT EXISTS (
               SELECT 1 FROM pg_locks AS held
                 JOIN pg_stat_activity AS session USING (pid)
                WHERE held.locktype = 'transactionid' AND held.mode = 'ExclusiveLock' AND held.granted
                  AND held.transactionid = open::xid
                  AND session.datid <> (SELECT oid FROM pg_database WHERE datname = current_database())
         )),
       pg_snapshot_xmax(snapshot)::text)
  FROM pg_current_snapshot() AS snapshot
"""


def horizon(connection: Connection) -> str:
    """Return the id (xid8) below which no transaction of this database is open.

    Events must be read by a later statement, whose snapshot then shows all that has ended.
    """
    ((found,),) = connection.execute(_HORIZON).fetchall()
    return str(found)
