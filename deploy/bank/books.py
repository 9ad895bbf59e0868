"""What the bank remembers: each operation once, on disk before it is answered.

It does what it is told. Under another id it would charge a card a second time: that nobody does is
for whoever asks to take care of, and `charges` shows whether they did.
"""

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from bank.cards import refusal_of_card

_SCHEMA = """
CREATE TABLE IF NOT EXISTS operation (
    number      INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    payment_id  TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('authorize', 'capture', 'void', 'refund')),
    amount      INTEGER NOT NULL CHECK (amount > 0),
    currency    TEXT NOT NULL,
    accepted    INTEGER NOT NULL,
    reason      TEXT,
    asked       INTEGER NOT NULL DEFAULT 1,
    received_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
);
CREATE INDEX IF NOT EXISTS operation_by_payment ON operation (payment_id);
"""
_CHARGES = """
SELECT min(number) AS number, payment_id, currency,
       sum(accepted AND kind = 'authorize') AS authorizations,
       sum(accepted AND kind = 'capture') AS captures,
       sum(accepted AND kind = 'void') AS voids,
       sum(accepted AND kind = 'refund') AS refunds,
       sum(CASE WHEN accepted AND kind = 'capture' THEN amount ELSE 0 END) AS captured,
       sum(CASE WHEN accepted AND kind = 'refund' THEN amount ELSE 0 END) AS refunded,
       sum(asked) AS asked
  FROM operation WHERE payment_id = ifnull(:payment_id, payment_id)
 GROUP BY payment_id, currency HAVING min(number) > :after ORDER BY 1 LIMIT :limit
"""


class OtherTermsError(Exception):
    """The id was used before, for something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants done, once per `operation_id`."""

    operation_id: UUID
    payment_id: UUID
    kind: str
    amount: int
    currency: str
    card_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What was done with it; `is_new` when it was done just now."""

    operation_id: UUID
    accepted: bool
    reason: str | None
    is_new: bool


class Books:
    """One file; threads take turns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._turn = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        # Whatever was answered outlives a power cut.
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)

    def book(self, asked: Asked) -> Booked:
        """Do what is asked, or say again what was done; raises OtherTermsError."""
        with self._turn, self._database:
            self._database.execute("BEGIN IMMEDIATE")
            known = self._find(asked.operation_id)
            if known is None:
                return self._insert(asked)
            terms = (known["payment_id"], known["kind"], known["amount"], known["currency"])
            if terms != (str(asked.payment_id), asked.kind, asked.amount, asked.currency):
                msg = f"operation {asked.operation_id} was a {known['kind']} with other terms"
                raise OtherTermsError(msg)
            self._database.execute(
                "UPDATE operation SET asked = asked + 1 WHERE id = ?", (str(asked.operation_id),)
            )
            return Booked(
                operation_id=asked.operation_id,
                accepted=bool(known["accepted"]),
                reason=known["reason"],
                is_new=False,
            )

    def charges(
        self, *, payment_id: UUID | None = None, after: int = 0, limit: int = 1000
    ) -> list[Mapping[str, Any]]:
        """Return what was really done per payment, those heard of first before the others."""
        wanted = {
            "payment_id": str(payment_id) if payment_id else None,
            "after": after,
            "limit": limit,
        }
        with self._turn:
            return [dict(row) for row in self._database.execute(_CHARGES, wanted)]

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._database.close()

    def _insert(self, asked: Asked) -> Booked:
        refusal = self._refusal(asked)
        self._database.execute(
            "INSERT INTO operation (id, payment_id, kind, amount, currency, accepted, reason) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                str(asked.operation_id),
                str(asked.payment_id),
                asked.kind,
                asked.amount,
                asked.currency,
                refusal is None,
                refusal,
            ),
        )
        return Booked(
            operation_id=asked.operation_id, accepted=refusal is None, reason=refusal, is_new=True
        )

    def _refusal(self, asked: Asked) -> str | None:
        if asked.kind == "authorize":
            return refusal_of_card(asked.card_token)
        held = self._database.execute(
            "SELECT 1 FROM operation WHERE payment_id = ? AND kind = 'authorize' AND accepted",
            (str(asked.payment_id),),
        ).fetchone()
        return None if held else "unknown_payment"

    def _find(self, operation_id: UUID) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._database.execute(
            "SELECT * FROM operation WHERE id = ?", (str(operation_id),)
        ).fetchone()
        return found
