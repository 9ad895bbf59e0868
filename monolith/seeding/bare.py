"""Take a table's indexes and foreign keys away while it is filled, and build them in one go after.

A million rows one by one through a GIN index and a foreign key take minutes; sorted at once, seconds.
All of it happens in the caller's transaction: whoever looks meanwhile sees the table as it was.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql

# What belongs to a primary key or a unique constraint stays: it guards, and it is cheap to keep,
# because rows arrive in the order of their ids.
_INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = %s::regclass
AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid AND conrelid = i.indrelid)
"""
_FOREIGN_KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype = 'f'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What was taken away, and the statement that puts it back."""

    away: sql.Composed
    back: sql.Composed | sql.SQL


@contextmanager
def bare(tables: Sequence[str]) -> Iterator[None]:
    """Fill these tables inside; the caller has an open transaction and owns them."""
    parts = [part for table in tables for part in _parts(table)]
    with connection.cursor() as cursor:
        for part in parts:
            cursor.execute(part.away)
        yield
        # What was deferred is checked now: a table with open checks cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for part in parts:
            cursor.execute(part.back)


def _parts(table: str) -> list[_Part]:
    name = sql.Identifier(table)
    keys = [
        _Part(
            away=sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, sql.Identifier(key)),
            back=sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                name, sql.Identifier(key), sql.SQL(definition)
            ),
        )
        for key, definition in _ask(_FOREIGN_KEYS, table)
    ]
    indexes = [
        _Part(
            away=sql.SQL("DROP INDEX {}").format(sql.Identifier(index)),
            back=sql.SQL(definition),
        )
        for index, definition in _ask(_INDEXES, table)
    ]
    return [*indexes, *keys]


def _ask(statement: str, table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, (table,))
        return list(cursor.fetchall())
