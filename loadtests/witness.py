"""Asks the database what it holds, after everything that was under way has come to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from loadtests.evidence import Command, DomainEvidence, Row
from loadtests.places import DOMAINS, Domains, Tables

URL = "AUDITOR_MONOLITH_DATABASE_URL"
LOOK_AGAIN_S = 0.2

Connection = psycopg.Connection[Any]


class Unreachable(Exception):
    """The database cannot be asked, so there is no verdict."""


@dataclass(frozen=True, slots=True)
class Database:
    """The one that holds the domains."""

    url: str
    domains: Domains = field(default_factory=lambda: DOMAINS)

    @classmethod
    def of_environment(
        cls, environment: Mapping[str, str], *, domains: Domains = DOMAINS
    ) -> Database:
        if not environment.get(URL):
            raise Unreachable(f"{URL} not set: who may be asked?")
        return cls(environment[URL], domains)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Raises Unreachable, also for what goes wrong with the connection inside."""
        try:
            # Each look must see what was committed since the one before.
            with psycopg.connect(self.url, autocommit=True, connect_timeout=10) as connection:
                yield connection
        except psycopg.Error as error:
            raise Unreachable(f"the database did not answer: {error}".strip()) from error


def hear(database: Database, *, settle_s: float) -> list[DomainEvidence]:
    """Wait until nothing is under way, then read everything once."""
    with database.connect() as connection:
        restless = _until_settled(connection, database.domains, settle_s=settle_s)
        return [
            _evidence(connection, domain, tables, unsettled=restless[domain])
            for domain, tables in database.domains.items()
        ]


def _until_settled(
    connection: Connection, domains: Domains, *, settle_s: float
) -> dict[str, tuple[str, ...]]:
    deadline = time.monotonic() + settle_s
    while True:
        restless = {name: tuple(_restless(connection, each)) for name, each in domains.items()}
        if not any(restless.values()) or time.monotonic() > deadline:
            return restless
        time.sleep(LOOK_AGAIN_S)


def _restless(connection: Connection, tables: Tables) -> Iterator[str]:
    """What of this domain is still on its way, in words."""
    for words, query in tables.pending.items():
        row = connection.execute(query.encode()).fetchone()
        if row and row[0]:
            yield f"{row[0]} {words}"


# Names of tables cannot be parameters; these come from `places`.
_COMMANDS = "SELECT key::text, aggregate_id::text, version, status FROM {commands}"
_ROWS = "SELECT id::text, {mark}, version, {unasked} FROM {rows}"


def _evidence(
    connection: Connection, domain: str, tables: Tables, *, unsettled: tuple[str, ...]
) -> DomainEvidence:
    commands = (
        connection.execute(_COMMANDS.format(commands=tables.commands).encode())
        if tables.commands
        else ()
    )
    found = tuple(
        Command(key=key, aggregate_id=aggregate, version=version, status=status)
        for key, aggregate, version, status in commands
    )
    query = _ROWS.format(mark=tables.mark, rows=tables.rows, unasked=tables.unasked)
    return DomainEvidence(
        domain=domain,
        commands=found,
        rows=tuple(
            Row(id=id_, mark=mark, version=version, unasked=unasked)
            for id_, mark, version, unasked in connection.execute(query.encode())
        ),
        is_commanded=bool(tables.commands) and tables.explained,
        unsettled=unsettled,
    )
