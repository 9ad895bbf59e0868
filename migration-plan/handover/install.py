"""The SQL that installs the protocol into a database, for each side's own schema migrations."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import Literal

from psycopg import sql

from handover.entities import Entity, digest_view_sql, view_sql

_NAME = re.compile(r"^[a-z_][a-z0-9_]*$")
_SQLS_OWN = re.compile(r"\$(?!\{)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The database roles of one side; they exist before anything is installed."""

    owner: str
    app: str
    relay: str
    applier: str
    operator: str = "strangler"
    auditor: str = "auditor"

    def as_mapping(self) -> dict[str, str]:
        """Return role by purpose; raises ValueError for a name that would need quoting."""
        names = {
            "owner": self.owner,
            "app": self.app,
            "relay": self.relay,
            "applier": self.applier,
            "operator": self.operator,
            "auditor": self.auditor,
        }
        for purpose, name in names.items():
            if not _NAME.match(name):
                msg = f"role {name!r} ({purpose}) is not a plain identifier"
                raise ValueError(msg)
        return names


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain as it begins on one side.

    `capture` records facts from the start, and always (a domain that others listen to); `receiver` is
    the side that applies the stream, or None.
    """

    name: str
    mode: Literal["OWNER", "REPLICA"]
    epoch: int = 1
    capture: bool = False
    receiver: Literal["monolith", "service"] | None = None
    entities: Sequence[Entity] = ()
    fenced_tables: Sequence[str] = ()


def installation_sql(*, side: Literal["monolith", "service"], roles: Roles) -> str:
    """Return the DDL of schema `handover`; run it once, as the owner."""
    body = "\n".join(part_sql(name, roles=roles) for name in _parts(side))
    side_row = sql.SQL("INSERT INTO handover.side (name, applier_role) VALUES ({}, {});").format(
        sql.Literal(side), sql.Literal(roles.applier)
    )
    return f"{body}\n{side_row.as_string(None)}\n"


def part_sql(name: str, *, roles: Roles) -> str:
    """Return one file of the installation, for a database that was installed before it came."""
    text = resources.files("handover").joinpath("sql", name).read_text(encoding="utf-8")
    # Ours have braces, SQL's have none. safe_substitute would let a forgotten one through.
    return Template(_SQLS_OWN.sub("$$", text)).substitute(roles.as_mapping())


# Only the monolith compares what it answers.
_MONOLITH_ALONE = frozenset({"0012_compared.sql"})


def _parts(side: Literal["monolith", "service"]) -> list[str]:
    files = resources.files("handover").joinpath("sql").iterdir()
    named = {path.name for path in files if path.name.endswith(".sql")}
    return sorted(named if side == "monolith" else named - _MONOLITH_ALONE)


def registration_sql(domain: Domain, *, roles: Roles) -> str:
    """Return the SQL that registers a domain: ownership, stream, image views, fences."""
    statements = [_ownership(domain), _stream(domain)]
    statements += [
        sql.SQL("SELECT handover.fence_table({}, {}::regclass);").format(
            sql.Literal(domain.name), sql.Literal(table)
        )
        for table in _tables(domain)
    ]
    fenced = "\n".join(statement.as_string(None) for statement in statements)
    return f"{fenced}\n{entities_sql(domain, roles=roles)}"


def entities_sql(domain: Domain, *, roles: Roles) -> str:
    """Return the SQL that tells how the rows of a registered domain travel: their image views."""
    statements: list[sql.Composed] = []
    for position, entity in enumerate(domain.entities):
        statements += [view_sql(domain.name, entity), _entity(domain.name, entity, position)]
        statements.append(
            sql.SQL("GRANT SELECT ON handover.{} TO {}, {}, {};").format(
                sql.Identifier(entity.image_view(domain.name)),
                *(sql.Identifier(role) for role in (roles.operator, roles.auditor, roles.applier)),
            )
        )
    images = "\n".join(statement.as_string(None) for statement in statements)
    return f"{images}\n{digest_views_sql(domain, roles=roles)}"


def digest_views_sql(domain: Domain, *, roles: Roles) -> str:
    """Return the SQL by which both sides' rows are compared; it may be run again.

    Of a domain that was retired nothing is compared any more, and it gets no views.
    """
    registered = sql.SQL("SELECT 1 FROM handover.entity WHERE domain = {}").format(
        sql.Literal(domain.name)
    )
    statements = []
    for entity in domain.entities:
        statements.append(digest_view_sql(domain.name, entity))
        statements.append(
            sql.SQL("GRANT SELECT ON handover.{} TO {}, {};").format(
                sql.Identifier(entity.digest_view(domain.name)),
                *(sql.Identifier(role) for role in (roles.operator, roles.auditor)),
            )
        )
    return (
        sql.SQL("DO $do$ BEGIN IF EXISTS ({}) THEN\n{}\nEND IF; END $do$;\n")
        .format(registered, sql.SQL("\n").join(statements))
        .as_string(None)
    )


def drop_digest_views_sql(domain: Domain) -> str:
    """Return the SQL that takes `digest_views_sql` back."""
    statements = [
        sql.SQL("DROP VIEW IF EXISTS handover.{};").format(
            sql.Identifier(entity.digest_view(domain.name))
        )
        for entity in domain.entities
    ]
    return "\n".join(statement.as_string(None) for statement in statements) + "\n"


def unregistration_sql(domain: Domain) -> str:
    """Return the SQL that takes a registration back; the domain's own tables stay."""
    statements = [
        sql.SQL("DROP TRIGGER handover_fence ON {};").format(sql.Identifier(*table.split(".")))
        for table in _tables(domain)
    ]
    statements += [
        sql.SQL("DROP VIEW handover.{};").format(sql.Identifier(entity.image_view(domain.name)))
        for entity in domain.entities
    ]
    statements += [
        sql.SQL("DELETE FROM handover.{} WHERE domain = {};").format(
            sql.Identifier(table), sql.Literal(domain.name)
        )
        for table in ("seam", "entity", "inbox", "stream", "ownership")
    ]
    statements += [
        sql.SQL("DROP SEQUENCE IF EXISTS handover.{};").format(
            sql.Identifier(f"{what}_{domain.name}")
        )
        for what in ("late", "caught")
    ]
    dropped = "\n".join(statement.as_string(None) for statement in statements)
    return f"{drop_digest_views_sql(domain)}{dropped}\n"


def _tables(domain: Domain) -> list[str]:
    named = [table for entity in domain.entities for table in entity.tables]
    return list(dict.fromkeys([*named, *domain.fenced_tables]))


def _ownership(domain: Domain) -> sql.Composed:
    return sql.SQL(
        "INSERT INTO handover.ownership (domain, mode, epoch, capture) VALUES ({}, {}, {}, {});"
    ).format(*map(sql.Literal, (domain.name, domain.mode, domain.epoch, domain.capture)))


def _stream(domain: Domain) -> sql.Composed:
    return sql.SQL(
        "INSERT INTO handover.stream (domain, receiver) VALUES ({0}, {1}); "
        "INSERT INTO handover.inbox (domain) VALUES ({0});"
    ).format(sql.Literal(domain.name), sql.Literal(domain.receiver))


def _entity(domain: str, entity: Entity, position: int) -> sql.Composed:
    return sql.SQL(
        "INSERT INTO handover.entity (domain, name, position, table_name) "
        "VALUES ({}, {}, {}, {}::regclass);"
    ).format(*map(sql.Literal, (domain, entity.name, position, entity.table)))
