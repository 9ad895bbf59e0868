"""Holds a coordinator at the end of a brief step: its effect is made, its end is not yet noted.

The only instrument of ours inside the system: a trigger on the journal, which waits for a lock of
ours before the row `done` of one step. It is there during one try, and nothing but the journal
waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql

from stack import profile as profiles
from stack import roles, waiting

# What nobody else locks.
_LOCK = 7_261_001
_FUNCTION = sql.SQL("""
CREATE OR REPLACE FUNCTION handover.chaos_hold() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({});
    -- Its default was the time before the wait, and the step ends when it is let go.
    NEW.at := clock_timestamp();
    RETURN NEW;
END $$
""").format(sql.Literal(_LOCK))
_TRIGGER = sql.SQL("""
CREATE TRIGGER chaos_hold BEFORE INSERT ON handover.journal FOR EACH ROW
WHEN (NEW.phase = 'done' AND NEW.domain = {} AND NEW.step = {})
EXECUTE FUNCTION handover.chaos_hold()
""")
_HELD = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
   AND classid = 0 AND objid = %s
"""


class Hold:
    """Our lock, and who waits for it."""

    def __init__(self, ours: psycopg.Connection[Any]) -> None:
        self._ours = ours

    @property
    def is_held(self) -> bool:
        """Whether the coordinator has come to the end of the step."""
        return bool(self._ours.execute(_HELD, (_LOCK,)).fetchone())

    def release(self, *, coordinator_is_dead: bool) -> None:
        """Let the coordinator go on; what a dead one was about to say is left unsaid."""
        # Where the victim is the database, the lock is gone with it.
        with suppress(psycopg.Error):
            if coordinator_is_dead:
                for (pid,) in self._ours.execute(_HELD, (_LOCK,)).fetchall():
                    self._ours.execute("SELECT pg_terminate_backend(%s)", (pid,))
                waiting.until(lambda: not self.is_held, timeout_s=5)
            self._ours.execute("SELECT pg_advisory_unlock_all()")


@contextmanager
def holding(seam: str, step: str) -> Iterator[Hold]:
    """Nobody ends this step while the block runs, unless released."""
    with _superuser() as ours:
        _remove(ours)
        ours.execute(_FUNCTION)
        ours.execute(_TRIGGER.format(sql.Literal(seam), sql.Literal(step)))
        ours.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        hold = Hold(ours)
        try:
            yield hold
        finally:
            hold.release(coordinator_is_dead=False)


def remove() -> None:
    """Take the instrument out, unless the database is dead."""
    with suppress(psycopg.OperationalError), _superuser() as ours:
        _remove(ours)


def _remove(ours: psycopg.Connection[Any]) -> None:
    ours.execute("DROP TRIGGER IF EXISTS chaos_hold ON handover.journal")
    ours.execute("DROP FUNCTION IF EXISTS handover.chaos_hold()")


def _superuser() -> psycopg.Connection[Any]:
    return roles.superuser(profiles.current(), database="monolith")
