"""Schema migrations of a service: numbered SQL files, recorded, one runner at a time, reversible.

A migration is `0002_name.sql`; the way back is `0002_name.down.sql` beside it. Each is one transaction,
unless its first line is `-- outside a transaction`: then its statements, each ended by `;` at the end of
a line, stand alone (CREATE INDEX CONCURRENTLY) and must bear to be repeated.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

_FILE = re.compile(r"^(\d{4}_[a-z0-9_]+)\.sql$")
LOCK_TIMEOUT_MS = 5_000
ALONE = "-- outside a transaction\n"


class MigrationError(Exception):
    """The migrations at hand and the ones recorded do not fit together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of the schema."""

    name: str
    up: str
    down: str


def read_migrations(
    folder: Path, *, computed: Mapping[str, tuple[str, str]] | None = None
) -> tuple[Migration, ...]:
    """Read a folder; `computed` adds migrations (up, down) whose SQL comes from code, by name."""
    found = {
        match[1]: Migration(
            name=match[1],
            up=path.read_text(encoding="utf-8"),
            down=path.with_name(f"{match[1]}.down.sql").read_text(encoding="utf-8"),
        )
        for path in folder.iterdir()
        if (match := _FILE.match(path.name))
    }
    for name, (up, down) in (computed or {}).items():
        found[name] = Migration(name=name, up=up, down=down)
    return tuple(found[name] for name in sorted(found))


def alone_sql(domain: str) -> str:
    """Return the SQL that refuses a database whose domain can still go back to the monolith."""
    return f"""
DO $$
BEGIN
    PERFORM 1 FROM handover.ownership o JOIN handover.stream s USING (domain)
      WHERE o.domain = '{domain}' AND o.mode = 'OWNER' AND s.receiver IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the monolith still has a copy of {domain}: go back to the stage 06-orders, '
            'run `strangler retire {domain}`';
    END IF;
END $$;
"""


def migrate(
    url: str, migrations: Sequence[Migration], *, schema: str, target: str | None = None
) -> list[str]:
    """Bring the schema to `target` (default: the last; "zero": none); return what was done."""
    with psycopg.connect(url, autocommit=True, application_name="migrate") as connection:
        # One migrator at a time, also when every instance runs this at its start.
        # Asked again and again, not waited for: a waiting statement holds a snapshot, and an index
        # that is built concurrently would wait for that.
        lock = "SELECT pg_try_advisory_lock(hashtext('migrate:' || %s))"
        while connection.execute(lock, (schema,)).fetchone() != (True,):
            time.sleep(0.1)
        connection.execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT_MS)))
        applied = _applied(connection, schema)
        forward, backward = plan(migrations, applied=applied, target=target)
        for migration in backward:
            _step(connection, schema, migration, is_forward=False)
        for migration in forward:
            _step(connection, schema, migration, is_forward=True)
        return [f"- {m.name}" for m in backward] + [f"+ {m.name}" for m in forward]


def plan(
    migrations: Sequence[Migration], *, applied: Sequence[str], target: str | None
) -> tuple[list[Migration], list[Migration]]:
    """Decide what to apply and what to take back; raises MigrationError."""
    by_name = {migration.name: migration for migration in migrations}
    if unknown := [name for name in applied if name not in by_name]:
        msg = f"the database has migrations this version does not know: {', '.join(unknown)}"
        raise MigrationError(msg)
    if target is not None and target not in by_name and target != "zero":
        msg = f"no migration is called {target!r}"
        raise MigrationError(msg)
    names = sorted(by_name)
    wanted = [] if target == "zero" else names[: names.index(target) + 1] if target else names
    forward = [by_name[name] for name in wanted if name not in applied]
    backward = [by_name[name] for name in reversed(applied) if name not in wanted]
    return forward, backward


def _applied(connection: psycopg.Connection[tuple[str]], schema: str) -> list[str]:
    table = sql.Identifier(schema, "migration")
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    connection.execute(
        sql.SQL(
            "CREATE TABLE IF NOT EXISTS {} (name text PRIMARY KEY, "
            "applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        ).format(table)
    )
    rows = connection.execute(sql.SQL("SELECT name FROM {} ORDER BY name").format(table))
    return [name for (name,) in rows.fetchall()]


def _step(
    connection: psycopg.Connection[tuple[str]],
    schema: str,
    migration: Migration,
    *,
    is_forward: bool,
) -> None:
    note = (
        sql.SQL("INSERT INTO {} (name) VALUES ({})")
        if is_forward
        else sql.SQL("DELETE FROM {} WHERE name = {}")
    )
    text = migration.up if is_forward else migration.down
    if text.startswith(ALONE):
        for statement in re.split(r"(?<=;)\n", text.strip()):
            connection.execute(statement.encode())
        text = ""
    with connection.transaction():
        # Without parameters psycopg sends the text as it is: several statements, `%` and all.
        connection.execute(text.encode())
        connection.execute(
            note.format(sql.Identifier(schema, "migration"), sql.Literal(migration.name))
        )
