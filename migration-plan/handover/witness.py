"""Who is in the way: sessions that hold a domain's lock, and sessions whose writes the net caught."""

from dataclasses import dataclass

from handover.operator import Hand

_SESSIONS = """
SELECT a.pid, a.usename::text AS role, a.application_name AS application,
       coalesce(host(a.client_addr), 'local') AS address, coalesce(a.state, 'unknown') AS state,
       coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float AS age_s
  FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = %s AND l.objsubid = 2
   AND l.objid::bigint = (handover.lock_key(%s)::bigint & 4294967295)
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND l.mode = 'ShareLock'
 ORDER BY a.xact_start
"""
WRITERS, CAUGHT = 4711, 4713


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session of the database, as pg_stat_activity shows it."""

    pid: int
    role: str
    application: str
    address: str
    state: str
    age_s: float

    def __str__(self) -> str:
        named = f" {self.application}" if self.application else ""
        age = f", {self.age_s:.0f} s in its transaction" if self.age_s else ""
        return f"process {self.pid} ({self.role}{named} from {self.address}, {self.state}{age})"


def writers(hand: Hand, domain: str) -> list[Session]:
    """List the sessions inside a write transaction of the domain, the oldest first."""
    return _sessions(hand, WRITERS, domain)


def caught(hand: Hand, domain: str) -> list[Session]:
    """List the sessions that the net has caught and that are still connected."""
    return _sessions(hand, CAUGHT, domain)


def inbox_trouble(hand: Hand, domain: str) -> str | None:
    """Why this side's applier does not get on, if it does not."""
    row = hand.connection.execute(
        "SELECT trouble FROM handover.inbox WHERE domain = %s", (domain,)
    ).fetchone()
    return row["trouble"] if row else None


def _sessions(hand: Hand, space: int, domain: str) -> list[Session]:
    rows = hand.connection.execute(_SESSIONS, (space, domain))
    return [Session(**row) for row in rows]
