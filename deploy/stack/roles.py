"""Creates the databases and one login role per owner; what a role may do is for migrations."""

from collections.abc import Callable, Mapping

import psycopg
from psycopg import sql

from stack import passwords, postgresql
from stack.environment import DATABASES, POSTGRESQL_PORT
from stack.profile import Profile
from stack.services import sides

Connect = Callable[[str], psycopg.Connection]
"""Opens a connection of the superuser to the database of this name."""

# Database -> the role that owns it.
OWNERS: Mapping[str, str] = {side: f"{side}_owner" for side in sides()}


def superuser(profile: Profile, *, database: str = "postgres") -> psycopg.Connection:
    """A connection of the superuser, which exists on the private socket only."""
    return psycopg.connect(
        host=str(postgresql.data(profile)),
        port=profile.port(POSTGRESQL_PORT),
        user=postgresql.SUPERUSER,
        dbname=database,
        autocommit=True,
    )


def ensure(profile: Profile) -> None:
    """Make what is missing and set the passwords anew; may be run at any time."""
    ensure_at(_at(profile), known=passwords.load(profile))


def ensure_at(connect: Connect, *, known: Mapping[str, str]) -> None:
    """Likewise at any server; `known` has the password of each role by its name in capitals."""
    with connect("postgres") as connection:
        _roles(connection, known)
        for database, owner in OWNERS.items():
            ensure_database(connection, database=database, owner=owner)
        connection.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
    for database in OWNERS:
        _admit(connect, database=database, side=database)


def ensure_tenant(connect: Connect, *, name: str, password: str) -> None:
    """Make the role and the database of somebody else's program, which is alone in it."""
    with connect("postgres") as connection:
        _role(connection, name=name, password=password)
        ensure_database(connection, database=name, owner=name)


def ensure_database(connection: psycopg.Connection, *, database: str, owner: str) -> None:
    """Make a database that only invited roles may connect to."""
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
    names = {"database": sql.Identifier(database), "owner": sql.Identifier(owner)}
    if known.fetchone() is None:
        connection.execute(
            sql.SQL("CREATE DATABASE {database} OWNER {owner} TEMPLATE template0").format(**names)
        )
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names))


def admit(profile: Profile, *, database: str, side: str) -> None:
    """Let the roles of a side connect to a database, and nobody else create in it."""
    _admit(_at(profile), database=database, side=side)


def _at(profile: Profile) -> Connect:
    return lambda database: superuser(profile, database=database)


def _admit(connect: Connect, *, database: str, side: str) -> None:
    with connect(database) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        for role, place in DATABASES.values():
            if place == side:
                connection.execute(_grant_connect(database, role))


def _grant_connect(database: str, role: str) -> sql.Composed:
    return sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
        sql.Identifier(database), sql.Identifier(role)
    )


def _roles(connection: psycopg.Connection, known: Mapping[str, str]) -> None:
    for role in sorted({role for role, _ in DATABASES.values()}):
        _role(connection, name=role, password=known[role.upper()])


def _role(connection: psycopg.Connection, *, name: str, password: str) -> None:
    there = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb = sql.SQL("ALTER ROLE" if there else "CREATE ROLE")
    connection.execute(
        sql.SQL("{} {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
            verb, sql.Identifier(name), sql.Literal(password)
        )
    )
