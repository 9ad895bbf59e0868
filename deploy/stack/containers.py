"""What the containers of docker-compose.yml need of us: passwords in a file, and their databases.

The file is the environment of Compose itself: it fills in `${CATALOG_APP_PASSWORD}` and its kin.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import psycopg

from stack import passwords, roles
from stack.errors import MissingError, StackError
from stack.profile import ROOT

FILE = ROOT / ".env"
ADMIN_URL = "DATABASE_ADMIN_URL"

# Kong keeps its entities beside our databases, with a role that sees nothing of them.
TENANT = "kong"

ROLE_PASSWORDS: Mapping[str, str] = {role: f"{role}_PASSWORD" for role in sorted(passwords.ROLES)}
TENANT_PASSWORD = f"{TENANT.upper()}_PASSWORD"
SECRETS = (
    *ROLE_PASSWORDS.values(),
    TENANT_PASSWORD,
    "POSTGRES_PASSWORD",
    "AMQP_PASSWORD",
    "GRAFANA_PASSWORD",
    "DJANGO_SECRET_KEY",
    "AUTH_MASTER_KEY",
    "SEED_PASSWORD",
)


def write_environment(path: Path) -> tuple[str, ...]:
    """Add the secrets that the file lacks; their names. What is there stays as it is."""
    before = names_in(path)
    known = passwords.kept(path, names=SECRETS)
    return tuple(name for name in known if name not in before)


def names_in(path: Path) -> frozenset[str]:
    """What the file sets already."""
    lines = path.read_text().split() if path.exists() else []
    return frozenset(line.partition("=")[0] for line in lines)


def ensure_databases(environ: Mapping[str, str] = os.environ) -> None:
    """Make all roles and databases at the server of `DATABASE_ADMIN_URL`; may be run at any time."""
    wanted = (ADMIN_URL, *ROLE_PASSWORDS.values(), TENANT_PASSWORD)
    if missing := [name for name in wanted if not environ.get(name)]:
        raise MissingError(f"not set: {', '.join(missing)}; `make compose-env` makes passwords")
    known = {role: environ[name] for role, name in ROLE_PASSWORDS.items()}

    def connect(database: str) -> psycopg.Connection:
        return psycopg.connect(environ[ADMIN_URL], dbname=database, autocommit=True)

    try:
        roles.ensure_at(connect, known=known)
        roles.ensure_tenant(connect, name=TENANT, password=environ[TENANT_PASSWORD])
    except psycopg.OperationalError as error:
        raise StackError(f"no database server at {ADMIN_URL}: {error}".splitlines()[0]) from error
