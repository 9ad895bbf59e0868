"""Watches the journal of a seam from outside, and tells which step is on its way right now."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

# A step may last five milliseconds.
LOOK_AGAIN_S = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The latest row of the journal, as it was seen."""

    id: int
    step: str
    phase: str
    at: datetime


class Watch:
    """One seam's journal from now on."""

    def __init__(self, seam: str) -> None:
        self._seam = seam
        self._since = 0
        before = self._read("ORDER BY id DESC LIMIT 1")
        self._since = before[0].id if before else 0

    def await_step(self, step: str, *, unless: Callable[[], bool]) -> Moment | None:
        """Return while a step is on its way; None when it was over before, or `unless` is true."""
        with _connect() as journal:
            while not unless():
                latest = self._latest(journal)
                if latest and latest.step == step:
                    return latest if latest.phase == "intent" else None
                if latest and self._is_past(journal, step):
                    return None
                time.sleep(LOOK_AGAIN_S)
        return None

    def ended_at(self, step: str) -> float | None:
        """When the step was noted as done or failed, None when it was not."""
        rows = self._read("AND step = %s AND phase <> 'intent' ORDER BY id LIMIT 1", step)
        return rows[0].at.timestamp() if rows else None

    def _latest(self, journal: psycopg.Connection[Any]) -> Moment | None:
        rows = _select(journal, self._seam, self._since, "ORDER BY id DESC LIMIT 1")
        return rows[0] if rows else None

    def _is_past(self, journal: psycopg.Connection[Any], step: str) -> bool:
        past = "AND step = %s AND phase <> 'intent' LIMIT 1"
        return bool(_select(journal, self._seam, self._since, past, step))

    def _read(self, where: str, *parameters: object) -> list[Moment]:
        with _connect() as journal:
            return _select(journal, self._seam, self._since, where, *parameters)


def _select(
    journal: psycopg.Connection[Any], seam: str, since: int, where: str, *parameters: object
) -> list[Moment]:
    query = (
        "SELECT id, step, phase, at FROM handover.journal "  # noqa: S608
        f"WHERE domain = %s AND id > %s {where}"
    )
    rows = journal.execute(query.encode(), (seam, since, *parameters))
    return [Moment(id=id_, step=step, phase=phase, at=at) for id_, step, phase, at in rows]


def _connect() -> psycopg.Connection[Any]:
    url = os.environ["AUDITOR_MONOLITH_DATABASE_URL"]
    return psycopg.connect(url, autocommit=True, connect_timeout=5)
