"""Asks both databases what they hold, after everything that was under way has arrived."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from loadtests.evidence import MONOLITH, SERVICE, Command, Copy, DomainEvidence, Row

URLS = {
    MONOLITH: "AUDITOR_MONOLITH_DATABASE_URL",
    SERVICE: "AUDITOR_CATALOG_DATABASE_URL",
}
PEER = {MONOLITH: SERVICE, SERVICE: MONOLITH}
LOOK_AGAIN_S = 0.2

Connections = Mapping[str, psycopg.Connection[Any]]


class Unreachable(Exception):
    """A database cannot be asked, so there is no verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Where a side keeps the commands and the rows of a domain."""

    commands: str
    rows: str
    mark: str


# A domain that has not left the monolith has no second copy.
DOMAINS: dict[str, dict[str, Tables]] = {
    "catalog": {
        MONOLITH: Tables(commands="catalog_command", rows="catalog_product", mark="sku"),
        SERVICE: Tables(commands="catalog.command", rows="catalog.product", mark="sku"),
    },
    "orders": {
        MONOLITH: Tables(commands="orders_command", rows="orders_order", mark="client_reference"),
    },
}


@dataclass(frozen=True, slots=True)
class Databases:
    urls: Mapping[str, str]

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Databases:
        missing = [name for name in URLS.values() if not environment.get(name)]
        if missing:
            raise Unreachable(f"{', '.join(missing)} not set: who may be asked?")
        return cls({side: environment[name] for side, name in URLS.items()})

    @contextmanager
    def connect(self) -> Iterator[Connections]:
        with ExitStack() as stack:
            yield {side: stack.enter_context(_connect(url)) for side, url in self.urls.items()}


def hear(databases: Databases, *, settle_s: float) -> list[DomainEvidence]:
    """Wait until the streams have come to rest, then read everything once."""
    try:
        with databases.connect() as connections:
            restless = _until_settled(connections, settle_s=settle_s)
            return [
                DomainEvidence(
                    domain=domain,
                    copies={
                        side: _copy(connections[side], domain, tables[side]) for side in tables
                    },
                    unsettled=restless[domain],
                )
                for domain, tables in DOMAINS.items()
            ]
    except psycopg.Error as error:
        raise Unreachable(f"a database did not answer: {error}".strip()) from error


def _connect(url: str) -> psycopg.Connection[Any]:
    # Each look must see what was committed since the one before.
    return psycopg.connect(url, autocommit=True, connect_timeout=10)


def _until_settled(connections: Connections, *, settle_s: float) -> dict[str, tuple[str, ...]]:
    deadline = time.monotonic() + settle_s
    while True:
        restless = {domain: tuple(_restless(connections, domain)) for domain in DOMAINS}
        if not any(restless.values()) or time.monotonic() > deadline:
            return restless
        time.sleep(LOOK_AGAIN_S)


def _restless(connections: Connections, domain: str) -> Iterator[str]:
    """What of this domain is still on its way, in words."""
    for side in DOMAINS[domain]:
        waiting = _number(
            connections[side],
            "SELECT count(*) FROM handover.outbox WHERE domain = %s AND published_at IS NULL",
            domain,
        )
        if waiting:
            yield f"{waiting} facts of the {side} are not published"
        if PEER[side] in DOMAINS[domain] and _ownership(connections[side], domain).followed:
            sent = _number(connections[side], _LAST.format("stream"), domain)
            applied = _number(connections[PEER[side]], _LAST.format("inbox"), domain)
            if sent != applied:
                yield f"the {side} has sent {sent}, its peer has applied {applied}"


_LAST = "SELECT coalesce(max(last_sequence), 0) FROM handover.{} WHERE domain = %s"


def _number(connection: psycopg.Connection[Any], query: str, domain: str) -> int:
    row = connection.execute(query.encode(), (domain,)).fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ownership:
    mode: str
    epoch: int
    followed: bool


def _ownership(connection: psycopg.Connection[Any], domain: str) -> _Ownership:
    query = "SELECT mode, epoch, capture FROM handover.ownership WHERE domain = %s AND bucket = 0"
    row = connection.execute(query, (domain,)).fetchone()
    # A domain nobody has prepared for a move is its only holder's.
    mode, epoch, capture = row or ("OWNER", 1, False)
    return _Ownership(mode=mode, epoch=epoch, followed=capture and mode == "OWNER")


# Names of tables cannot be parameters; these come from the table above.
_COMMANDS = "SELECT key::text, aggregate_id::text, version, status, epoch, side FROM {commands}"
_ROWS = "SELECT id::text, {mark}, version FROM {rows}"


def _copy(connection: psycopg.Connection[Any], domain: str, tables: Tables) -> Copy:
    ownership = _ownership(connection, domain)
    commands = connection.execute(_COMMANDS.format(commands=tables.commands).encode())
    found = tuple(
        Command(
            key=key, aggregate_id=aggregate, version=version, status=status, epoch=epoch, side=side
        )
        for key, aggregate, version, status, epoch, side in commands
    )
    rows = connection.execute(_ROWS.format(mark=tables.mark, rows=tables.rows).encode())
    return Copy(
        commands=found,
        rows=tuple(Row(id=id_, mark=mark, version=version) for id_, mark, version in rows),
        mode=ownership.mode,
        epoch=ownership.epoch,
        followed=ownership.followed,
    )
