"""Databases that are handed from stage to stage."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from stack import profile as profiles
from tests.migration_plan.stages.past import Past
from tests.migration_plan.stages.programs import BUY, COPY

FIRST_PORT = 930
SIZES = ("--products", "30", "--categories", "5", "--customers", "8", "--orders", "20")
SANDBOX = "monolith.payments.sandbox.Sandbox"
# What Django and the services note for themselves.
NOTES = {"django_migrations", "django_content_type", "auth_permission", "migration"}
Rows = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """A database per side, and the broker between them."""

    variables: Mapping[str, str]

    def owner(self, side: str) -> str:
        return self.variables[f"{side.upper()}_OWNER_DATABASE_URL"]

    def migrate(self, past: Past, side: str, *to: str) -> None:
        """Migrate one side with the code of a stage, as its owner."""
        if side != "monolith":
            past.run("-m", f"extracted.{side}", "migrate", *to, variables=self.variables)
            return
        owner = {"MONOLITH_DATABASE_URL": self.owner("monolith")}
        words = ("-m", "monolith.manage", "migrate", "--no-input", "--verbosity", "0", *to)
        past.run(*words, variables={**self.variables, **owner})

    def seed(self, past: Past) -> str:
        words = ("-m", "monolith.manage", "seed", "--if-empty", *SIZES)
        return past.run(*words, variables=self.variables)

    def buy(self, past: Past) -> None:
        """Make a purchase in the monolith, by its API."""
        alone = {"AUTH_REQUIRED": "off", "PAYMENT_PROVIDER": SANDBOX}
        words = ("-m", "monolith.manage", "shell", "-c", BUY)
        past.run(*words, variables={**self.variables, **alone})

    def copy_to_services(self, past: Past) -> None:
        """Let every service that there is have what the monolith has of its domain."""
        if not past.services:
            return  # and at the first stages there is no relay either
        starts = [("monolith.manage", "relay")]
        starts += [(f"extracted.{service}", "applier") for service in past.services]
        with ExitStack() as processes:
            for place, words in enumerate(starts):
                port = profiles.load(profiles.Kind.TEST).port(FIRST_PORT + place)
                running = past.running(*words, variables=self.variables, port=port)
                processes.enter_context(running)
            for service in past.services:
                past.run("-c", COPY, service, variables=self.variables)

    def rows(self, side: str) -> Rows:
        """All rows of all tables of a side, but for notes."""
        with psycopg.connect(self.owner(side), row_factory=dict_row) as connection:
            tables = connection.execute(
                "SELECT schemaname AS schema, tablename AS name FROM pg_tables"
                " WHERE schemaname IN ('public', %s)",
                (side,),
            ).fetchall()
            return {
                table["name"]: list(_rows(connection, table["schema"], table["name"]))
                for table in tables
                if table["name"] not in NOTES
            }

    def relations(self, side: str) -> set[str]:
        """Tables and views of the side's own schema."""
        query = (
            "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname IN ('public', %s) AND relkind IN ('r', 'p', 'v', 'm')"
        )
        with psycopg.connect(self.owner(side)) as connection:
            return {name for (name,) in connection.execute(query, (side,))}

    def applied(self, side: str) -> list[tuple[str, str]]:
        """The migrations of a side: app and name, in the order in which they were made."""
        query = f"SELECT '{side}', name FROM {side}.migration ORDER BY name"
        if side == "monolith":
            query = "SELECT app, name FROM django_migrations ORDER BY id"
        with psycopg.connect(self.owner(side)) as connection:
            return [(app, name) for app, name in connection.execute(query.encode())]


def _rows(
    connection: psycopg.Connection[dict[str, Any]], schema: str, table: str
) -> Iterator[dict[str, Any]]:
    query = sql.SQL("SELECT to_jsonb(t) AS row FROM {} AS t").format(sql.Identifier(schema, table))
    return (found["row"] for found in connection.execute(query))


def kept(rows: Rows, later: Rows) -> bool:
    """Whether each row of each table is there still, in the columns that both have."""
    return rows.keys() <= later.keys() and all(
        _in(rows[table], columns=_both(rows[table], later[table]))
        == _in(later[table], columns=_both(rows[table], later[table]))
        for table in rows
    )


def equal(rows: Rows, later: Rows) -> bool:
    """Whether tables, columns and rows are the same."""
    return rows.keys() == later.keys() and all(
        _in(rows[table], columns=_both(rows[table], rows[table]))
        == _in(later[table], columns=_both(later[table], later[table]))
        for table in rows
    )


def _both(rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[str]:
    return sorted(rows[0].keys() & others[0].keys()) if rows and others else []


def _in(rows: list[dict[str, Any]], *, columns: list[str]) -> list[list[tuple[str, str]]]:
    return sorted([(name, str(row[name])) for name in columns] for row in rows)


def back(
    older: list[tuple[str, str]], newer: list[tuple[str, str]], *, is_monolith: bool
) -> Iterator[tuple[str, ...]]:
    """What to say to `migrate`, app by app, to take back what is new; the last made goes first."""
    new = [app for app, name in newer if (app, name) not in older]
    for app in dict.fromkeys(reversed(new)):
        last = next((name for each, name in reversed(older) if each == app), "zero")
        yield (app, last) if is_monolith else ("--to", last)
