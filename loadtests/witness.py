"""Asks both databases what they hold, after everything that was under way has arrived."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from loadtests.evidence import MONOLITH, SERVICE, Command, Copy, DomainEvidence, Row
from loadtests.places import DOMAINS, Domains, Tables, database_of

PEER = {MONOLITH: SERVICE, SERVICE: MONOLITH}
LOOK_AGAIN_S = 0.2

Connections = Mapping[str, psycopg.Connection[Any]]


class Unreachable(Exception):
    """A database cannot be asked, so there is no verdict."""


@dataclass(frozen=True, slots=True)
class Databases:
    """Every database that holds a copy of one of the domains, by its name."""

    urls: Mapping[str, str]
    domains: Domains = field(default_factory=lambda: DOMAINS)

    @classmethod
    def of_environment(
        cls, environment: Mapping[str, str], *, domains: Domains = DOMAINS
    ) -> Databases:
        names = {
            database_of(
                side, domain=domain
            ): f"AUDITOR_{database_of(side, domain=domain)}_DATABASE_URL".upper()
            for domain, copies in domains.items()
            for side in copies
        }
        missing = [name for name in names.values() if not environment.get(name)]
        if missing:
            raise Unreachable(f"{', '.join(missing)} not set: who may be asked?")
        urls = {database: environment[name] for database, name in names.items()}
        return cls(urls, domains)

    @contextmanager
    def connect(self) -> Iterator[Connections]:
        with ExitStack() as stack:
            yield {name: stack.enter_context(_connect(url)) for name, url in self.urls.items()}


def hear(databases: Databases, *, settle_s: float) -> list[DomainEvidence]:
    """Wait until the streams have come to rest, then read everything once."""
    try:
        with databases.connect() as connections:
            retired = _retired(connections[MONOLITH])
            cases = [
                _case(domain, kept, connections)
                for domain, tables in databases.domains.items()
                if (kept := {s: t for s, t in tables.items() if (domain, s) not in retired})
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
    """A domain, and who is asked about each side's copy of it."""

    domain: str
    tables: Mapping[str, Tables]
    connections: Connections

    def evidence(self, *, unsettled: tuple[str, ...]) -> DomainEvidence:
        return DomainEvidence(
            domain=self.domain,
            copies={
                side: _copy(self.connections[side], self.domain, tables)
                for side, tables in self.tables.items()
            },
            unsettled=unsettled,
            is_commanded=all(t.commands and t.explained for t in self.tables.values()),
        )

    def restless(self) -> Iterator[str]:
        """What of this domain is still on its way, in words."""
        for side, connection in self.connections.items():
            if waiting := _number(connection, _UNPUBLISHED, self.domain):
                yield f"{waiting} facts of the {side} are not published"
            ownership = _ownership(connection, self.domain)
            peer = self.connections.get(PEER[side])
            if peer is not None and ownership.followed:
                sent = _number(connection, _LAST.format("stream"), self.domain)
                applied = _number(peer, _LAST.format("inbox"), self.domain)
                if sent != applied:
                    yield f"the {side} has sent {sent}, its peer has applied {applied}"
            if ownership.mode == "OWNER":
                for words, query in self.tables[side].pending.items():
                    if count := _number(connection, query):
                        yield f"{count} {words} at the {side}"


def _case(domain: str, tables: Mapping[str, Tables], connections: Connections) -> _Case:
    asked = {side: connections[database_of(side, domain=domain)] for side in tables}
    return _Case(domain=domain, tables=tables, connections=asked)


def _retired(monolith: psycopg.Connection[Any]) -> frozenset[tuple[str, str]]:
    # From the end of its stream on the monolith's copy is old, and soon it is not there at all.
    found = monolith.execute("SELECT domain FROM handover.retirement WHERE ended_at IS NOT NULL")
    return frozenset((domain, MONOLITH) for (domain,) in found)


def _until_settled(cases: Sequence[_Case], *, settle_s: float) -> dict[str, tuple[str, ...]]:
    deadline = time.monotonic() + settle_s
    while True:
        restless = {case.domain: tuple(case.restless()) for case in cases}
        if not any(restless.values()) or time.monotonic() > deadline:
            return restless
        time.sleep(LOOK_AGAIN_S)


_UNPUBLISHED = "SELECT count(*) FROM handover.outbox WHERE domain = %s AND published_at IS NULL"
_LAST = "SELECT coalesce(max(last_sequence), 0) FROM handover.{} WHERE domain = %s"


def _number(connection: psycopg.Connection[Any], query: str, *parameters: str) -> int:
    row = connection.execute(query.encode(), parameters or None).fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ownership:
    mode: str
    epoch: int
    followed: bool


# What is captured has a copy as soon as its history was copied; from the first step of its seam on it was.
_OWNERSHIP = """
SELECT o.mode, o.epoch, o.capture AND (p.stage IS DISTINCT FROM 'monolith' OR
       (SELECT count(b.finished_at) FROM handover.backfill b WHERE b.domain = o.domain)
       = (SELECT count(*) FROM handover.entity e WHERE e.domain = o.domain))
  FROM handover.ownership o LEFT JOIN handover.seam p USING (domain)
 WHERE o.domain = %s AND o.bucket = 0
"""


def _ownership(connection: psycopg.Connection[Any], domain: str) -> _Ownership:
    row = connection.execute(_OWNERSHIP, (domain,)).fetchone()
    # A domain nobody has prepared for a move is its only holder's.
    mode, epoch, capture = row or ("OWNER", 1, False)
    return _Ownership(mode=mode, epoch=epoch, followed=capture and mode == "OWNER")


# Names of tables cannot be parameters; these come from the table above.
_COMMANDS = "SELECT key::text, aggregate_id::text, version, status, epoch, side FROM {commands}"
_ROWS = "SELECT id::text, {mark}, version, {unasked} FROM {rows}"


def _copy(connection: psycopg.Connection[Any], domain: str, tables: Tables) -> Copy:
    ownership = _ownership(connection, domain)
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
        mode=ownership.mode,
        epoch=ownership.epoch,
        followed=ownership.followed,
    )
