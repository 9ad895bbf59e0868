"""What an operator does to a copy that is given up: count who uses it, dump, set aside, drop.

The functions of `0009_retire.sql` keep the order: nothing is set aside before its stream has ended and a
dump is noted, and nothing is dropped that was not set aside.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql

from handover.operator import Hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How often a table was read and written since the server counts, and how large it is."""

    table: str
    reads: int
    writes: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Writes that a side refused: by the net (nobody should try), and at the door (sent on)."""

    caught: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """How far a retirement has come."""

    begun_at: datetime
    ended_at: datetime | None
    dump: Mapping[str, Any] | None
    aside_at: datetime | None
    dropped_at: datetime | None


def retirement(hand: Hand, domain: str) -> Retirement | None:
    """Read how far the domain's retirement has come; None: not begun."""
    row = hand.connection.execute(
        "SELECT begun_at, ended_at, dump, aside_at, dropped_at FROM handover.retirement "
        "WHERE domain = %s",
        (domain,),
    ).fetchone()
    return Retirement(**row) if row else None


def uses(hand: Hand, domain: str) -> list[Use]:
    """Count, per table of the domain."""
    rows = hand.connection.execute(
        "SELECT format('%%I.%%I', n.nspname, c.relname) AS name, coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0) AS reads, "
        "coalesce(s.n_tup_ins + s.n_tup_upd + s.n_tup_del, 0) AS writes, "
        "pg_total_relation_size(t) AS bytes FROM handover.tables_of(%s) t "
        "JOIN pg_class c ON c.oid = t JOIN pg_namespace n ON n.oid = c.relnamespace "
        "LEFT JOIN pg_stat_user_tables s ON s.relid = t",
        (domain,),
    )
    return [
        Use(table=row["name"], reads=row["reads"], writes=row["writes"], bytes=row["bytes"])
        for row in rows
    ]


def refusals(hand: Hand, domain: str) -> Refusals:
    """Count refused writes since the domain was registered."""
    row = hand.connection.execute(
        "SELECT caught, late FROM handover.refusals(%s)", (domain,)
    ).fetchone()
    return Refusals(**row) if row else Refusals(caught=0, late=0)


def keys_from_elsewhere(hand: Hand, domain: str) -> list[str]:
    """List foreign keys of other tables that point into the domain; they would keep it."""
    rows = hand.connection.execute(
        "WITH ours AS (SELECT t FROM handover.tables_of(%s) t) "
        "SELECT conrelid::regclass::text AS name FROM pg_constraint WHERE contype = 'f' "
        "AND confrelid IN (SELECT t FROM ours) AND conrelid NOT IN (SELECT t FROM ours)",
        (domain,),
    )
    return [row["name"] for row in rows]


def row_counts(hand: Hand, domain: str) -> dict[str, int]:
    """Count the rows of each table; reads them, so not while somebody watches for readers."""
    counted = {}
    for use in uses(hand, domain):
        table = sql.Identifier(*(part.strip('"') for part in use.table.split(".")))
        row = hand.connection.execute(
            sql.SQL("SELECT count(*) AS n FROM {}").format(table)
        ).fetchone()
        counted[use.table] = int(row["n"]) if row else 0
    return counted


def begin(hand: Hand, domain: str) -> bool:
    """Let the applier leave the domain where it is; False when it had been told before."""
    return bool(_value(hand, "SELECT handover.begin_retirement(%s) AS v", domain))


def forget(hand: Hand, domain: str) -> bool:
    """Follow it again; False when that is too late."""
    return bool(_value(hand, "SELECT handover.forget_retirement(%s) AS v", domain))


def end_stream(hand: Hand, domain: str) -> None:
    """End the stream for good."""
    _value(hand, "SELECT handover.end_stream(%s) AS v", domain)


def note_dump(hand: Hand, domain: str, dump: Mapping[str, object]) -> None:
    """Remember where the dump is, and what its contents hash to."""
    document = json.dumps(dump, default=str)
    hand.connection.execute("SELECT handover.note_dump(%s, %s)", (domain, document))


def set_aside(hand: Hand, domain: str, *, lock_timeout_ms: int) -> int:
    """Move the tables out of reach; return how many. psycopg.errors.LockNotAvailable: try again."""
    return int(_value(hand, "SELECT handover.set_aside(%s, %s) AS v", domain, lock_timeout_ms))


def drop_aside(hand: Hand, domain: str, *, lock_timeout_ms: int) -> int:
    """Drop what was set aside; return how many tables."""
    return int(_value(hand, "SELECT handover.drop_aside(%s, %s) AS v", domain, lock_timeout_ms))


def _value(hand: Hand, query: str, *parameters: object) -> Any:
    row = hand.connection.execute(query.encode(), parameters).fetchone()
    return row["v"] if row else None
