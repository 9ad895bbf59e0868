"""One at work, the others standing by: a session advisory lock per kind of process and database.

Whoever holds the lock works; it ends with the session, so a killed process is followed at once.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import scalar_row

from handover.process import Standing

# All kinds of all services stand here, because those that meet in one database have to differ.
EXPORT_LOCK, RELAY_LOCK, PROJECTOR_LOCK = 76, 77, 79
_LOOK_AGAIN_S = 0.2


def become_active(
    database: psycopg.Connection[Any], standing: Standing, *, lock: int, program: str
) -> bool:
    """Wait for the lock that one process of a kind holds; False when told to stop."""
    while not standing.stop.is_set():
        with database.cursor(row_factory=scalar_row) as cursor:
            if cursor.execute("SELECT pg_try_advisory_lock(4711, %s)", (lock,)).fetchone():
                return True
        standing.trouble = f"standing by: another {program} is active"
        standing.stop.wait(_LOOK_AGAIN_S)
    return False
