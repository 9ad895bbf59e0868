"""Asks the databases of the services what they hold, after everything under way has arrived."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from loadtests.evidence import Command, Copy, DomainEvidence, Row
from loadtests.places import DOMAINS, Domains, Tables

LOOK_AGAIN_S = 0.2

Connections = Mapping[str, psycopg.Connection[Any]]


class Unreachable(Exception):
    """A database cannot be asked, so there is no verdict."""


@dataclass(frozen=True, slots=True)
class Databases:
    """The database of each domain, by its name."""

    urls: Mapping[str, str]
    domains: Domains = field(default_factory=lambda: DOMAINS)

    @classmethod
    def of_environment(
        cls, environment: Mapping[str, str], *, domains: Domains = DOMAINS
    ) -> Databases:
        names = {domain: f"AUDITOR_{domain}_DATABASE_URL".upper() for domain in domains}
        missing = [name for name in names.values() if not environment.get(name)]
        if missing:
            raise Unreachable(f"{', '.join(missing)} not set: who may be asked?")
        urls = {domain: environment[name] for domain, name in names.items()}
        return cls(urls, domains)

    @contextmanager
    def connect(self) -> Iterator[Connections]:
        with ExitStack() as stack:
            yield {name: stack.enter_context(_connect(url)) for name, url in self.urls.items()}


def hear(databases: Databases, *, settle_s: float) -> list[DomainEvidence]:
    """Wait until the streams have come to rest, then read everything once."""
    try:
        with databases.connect() as connections:
            cases = [
                _Case(domain=domain, tables=tables, connection=connections[domain])
                for domain, tables in databases.domains.items()
            ]
            restless = _until_settled(cases, settle_s=settle_s)
            return [case.evidence(unsettled=restless[case.domain]) for case in cases]
    except psycopg.Error as error:
        raise Unreachable(f"a database did not answer: {error}".strip()) from error


def _connect(url: str) -> psycopg.Connection[Any]:
    # Each look must see what was committed since the one before.
    return psycopg.connect(url, autocommit=True, connect_timeout=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A domain, and who is asked about it."""

    domain: str
    tables: Tables
    connection: psycopg.Connection[Any]

    def evidence(self, *, unsettled: tuple[str, ...]) -> DomainEvidence:
        return DomainEvidence(
            domain=self.domain,
            copy=_copy(self.connection, self.domain, self.tables),
            unsettled=unsettled,
            is_commanded=bool(self.tables.commands) and self.tables.explained,
        )

    def restless(self) -> Iterator[str]:
        """What of this domain is still on its way, in words."""
        if waiting := _number(self.connection, _UNPUBLISHED, self.domain):
            yield f"{waiting} facts are not published"
        for words, query in self.tables.pending.items():
            if count := _number(self.connection, query):
                yield f"{count} {words}"


def _until_settled(cases: Sequence[_Case], *, settle_s: float) -> dict[str, tuple[str, ...]]:
    deadline = time.monotonic() + settle_s
    while True:
        restless = {case.domain: tuple(case.restless()) for case in cases}
        if not any(restless.values()) or time.monotonic() > deadline:
            return restless
        time.sleep(LOOK_AGAIN_S)


_UNPUBLISHED = "SELECT count(*) FROM handover.outbox WHERE domain = %s AND published_at IS NULL"


def _number(connection: psycopg.Connection[Any], query: str, *parameters: str) -> int:
    row = connection.execute(query.encode(), parameters or None).fetchone()
    return int(row[0]) if row else 0


_OWNERSHIP = "SELECT mode, epoch FROM handover.ownership WHERE domain = %s AND bucket = 0"


def _ownership(connection: psycopg.Connection[Any], domain: str) -> tuple[str, int]:
    row = connection.execute(_OWNERSHIP, (domain,)).fetchone()
    return row or ("nobody's", 0)


# Names of tables cannot be parameters; these come from the table above.
_COMMANDS = "SELECT key::text, aggregate_id::text, version, status, epoch, side FROM {commands}"
_ROWS = "SELECT id::text, {mark}, version, {unasked} FROM {rows}"


def _copy(connection: psycopg.Connection[Any], domain: str, tables: Tables) -> Copy:
    mode, epoch = _ownership(connection, domain)
    commands = (
        connection.execute(_COMMANDS.format(commands=tables.commands).encode())
        if tables.commands
        else ()
    )
    found = tuple(
        Command(
            key=key, aggregate_id=aggregate, version=version, status=status, epoch=epoch, side=side
        )
        for key, aggregate, version, status, epoch, side in commands
    )
    query = _ROWS.format(mark=tables.mark, rows=tables.rows, unasked=tables.unasked)
    rows = connection.execute(query.encode())
    return Copy(
        commands=found,
        rows=tuple(
            Row(id=id_, mark=mark, version=version, unasked=unasked)
            for id_, mark, version, unasked in rows
        ),
        mode=mode,
        epoch=epoch,
    )
