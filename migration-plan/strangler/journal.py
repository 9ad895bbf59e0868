"""The journal of a seam: what a run intends, before each effect, and how it ended.

A run opens and closes with a row whose step is `run`. A run that was not closed was cut off.
"""

import getpass
import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, class_row

RUN = "run"
MOVE = "move"
RECONCILE = "reconcile both sides"
TRY_WAY = "try the way back"
HAND_OVER = "hand over the writes"
START_CAPTURE = "start the change stream"

Phase = Literal["intent", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the journal."""

    id: int
    run_id: UUID
    step: str
    phase: Phase
    actor: str
    detail: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the journal tells of one run."""

    id: UUID
    actor: str
    verb: str
    goal: str
    started_at: datetime
    state: Literal["open", "done", "failed"]
    # The two positions the seam may stand between because of it.
    between: tuple[str, str] | None
    # How long a retirement was to watch that nobody uses the copy.
    quiet_s: float | None = None

    @property
    def summary(self) -> str:
        """Who does what, since when."""
        since = self.started_at.strftime("%H:%M:%S")
        return f"{self.verb} to {self.goal} by {self.actor} since {since} UTC"

    @property
    def is_unfinished(self) -> bool:
        """Whether it changed something and was not closed: it runs now, or it was cut off."""
        return self.state == "open" and self.between is not None


class Journal:
    """Writes and reads `handover.journal` in the monolith's database."""

    def __init__(self, connection: psycopg.Connection[DictRow], domain: str) -> None:
        self._connection = connection
        self._domain = domain
        self._actor = f"{getpass.getuser()}@{socket.gethostname()}"

    def note(self, run_id: UUID, step: str, phase: Phase, **detail: object) -> None:
        """Write one row; it is committed when this returns."""
        self._connection.execute(
            "INSERT INTO handover.journal (run_id, domain, step, phase, actor, detail) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            (run_id, self._domain, step, phase, self._actor, json.dumps(detail, default=str)),
        )

    def entries(self, *, limit: int = 100) -> list[Entry]:
        """Return the latest rows, oldest first."""
        return self._select("TRUE ORDER BY id DESC LIMIT %s", limit)[::-1]

    def last(self, step: str, phase: Phase) -> Entry | None:
        """Return the latest row of a step in a phase."""
        found = self._select("step = %s AND phase = %s ORDER BY id DESC LIMIT 1", step, phase)
        return found[0] if found else None

    def age_s(self, entry: Entry) -> float:
        """Tell how long ago a row was written, by the clock that wrote it: ours may be another.

        A clock that was set back has rows that are still to come: so far off, and no sooner, they are believed.
        """
        row = self._connection.execute(
            "SELECT extract(epoch FROM clock_timestamp() - %s)::float AS age_s", (entry.at,)
        ).fetchone()
        return abs(row["age_s"]) if row else 0.0

    def latest_run(self) -> Run | None:
        """Return the run that began last."""
        entries = self._select(
            "run_id = (SELECT run_id FROM handover.journal WHERE domain = %s AND step = %s "
            "AND phase = 'intent' ORDER BY id DESC LIMIT 1) ORDER BY id",
            self._domain,
            RUN,
        )
        return read_run(entries)

    def pauses_ms(self, *, limit: int = 20) -> list[float]:
        """Return the measured pauses of the latest handovers."""
        rows = self._select(
            "step = %s AND phase = 'done' ORDER BY id DESC LIMIT %s", HAND_OVER, limit
        )
        return [float(row.detail["pause_ms"]) for row in rows if row.detail.get("pause_ms")]

    def _select(self, where: str, *parameters: object) -> list[Entry]:
        cursor = self._connection.cursor(row_factory=class_row(Entry))
        query = (
            "SELECT id, run_id, step, phase, actor, detail, at FROM handover.journal "  # noqa: S608
            f"WHERE domain = %s AND {where}"
        )
        return cursor.execute(query.encode(), (self._domain, *parameters)).fetchall()


def read_run(entries: Sequence[Entry]) -> Run | None:
    """Read one run from its rows, oldest first. Pure."""
    if not entries:
        return None
    opening, closing = entries[0], entries[-1]
    closed = closing.step == RUN and closing.phase != "intent"
    state: Literal["open", "done", "failed"] = "open"
    if closed:
        state = "done" if closing.phase == "done" else "failed"
    return Run(
        id=opening.run_id,
        actor=opening.actor,
        verb=opening.detail["verb"],
        goal=opening.detail["to"],
        started_at=opening.at,
        state=state,
        between=None if state == "done" else _between(entries),
        quiet_s=opening.detail.get("quiet_s"),
    )


def _between(entries: Sequence[Entry]) -> tuple[str, str] | None:
    """Name the two ends of the last move if something of it was begun that changes anything."""
    opening = entries[0].detail
    inherited = opening.get("between")
    between: tuple[str, str] | None = (inherited[0], inherited[1]) if inherited else None
    for entry in entries:
        if entry.step == MOVE and entry.phase == "done":
            between = None
        elif entry.phase == "intent" and entry.detail.get("changes"):
            between = entry.detail["from"], entry.detail["to"]
    return between
