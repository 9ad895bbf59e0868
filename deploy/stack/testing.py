"""Real servers for tests: started when they do not run yet, left as they were found."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import httpx
from psycopg import sql

from stack import environment, lifecycle, roles, scale
from stack import profile as profiles
from stack.leases import Used, left_as_found
from stack.profile import Kind, Profile


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and RabbitMQ of the test profile; the variables that lead to them."""
    profile = profiles.load(Kind.TEST)
    with left_as_found(profile):
        with lifecycle.locked(profile):
            lifecycle.start_servers(profile, say=print)
        yield environment.variables(profile)


@contextmanager
def everything() -> Iterator[dict[str, str]]:
    """The whole system of the test profile, ready, with empty tables or what was there."""
    profile = profiles.load(Kind.TEST)
    with servers(), left_as_found(profile, Used.SYSTEM):
        with lifecycle.locked(profile):
            # A run that was killed may have scaled something.
            scale.forget(profile)
            lifecycle.up(profile, say=print)
        yield environment.variables(profile)


@contextmanager
def started_once() -> Iterator[None]:
    """Let the system run on until the end of this, when one of several runs in it has started it.

    To be used within `servers()`, which stay.
    """
    with left_as_found(profiles.load(Kind.TEST), Used.SYSTEM):
        yield


@contextmanager
def scratch_database(
    side: str, *, profile: Profile | None = None, template: str = "template0"
) -> Iterator[dict[str, str]]:
    """A database with the owner and the visitors of a side (`monolith`, `catalog`): empty, or a copy
    of another one that nobody is connected to.

    Yields the variables of that side, leading to the new database.
    """
    profile = profile or profiles.load(Kind.TEST)
    name = f"scratch_{side}_{secrets.token_hex(4)}"
    with roles.superuser(profile, side=side) as connection:
        roles.ensure_database(
            connection, database=name, owner=roles.OWNERS[side], template=template
        )
    roles.admit(profile, database=name, side=side)
    try:
        yield {
            variable: _with_path(url, name)
            for variable, url in environment.variables(profile).items()
            if environment.DATABASES.get(variable, ("", ""))[1] == side
        }
    finally:
        with roles.superuser(profile, side=side) as connection:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(drop)


@contextmanager
def scratch_vhost(*, profile: Profile | None = None) -> Iterator[dict[str, str]]:
    """An empty virtual host of the broker; yields the `AMQP_URL` that leads to it."""
    profile = profile or profiles.load(Kind.TEST)
    known = environment.variables(profile)
    name = f"scratch-{secrets.token_hex(4)}"
    everything_allowed = {"configure": ".*", "write": ".*", "read": ".*"}
    url = known["AMQP_MANAGEMENT_URL"]
    # Making and deleting one is many steps for the broker, and on a busy machine slow ones.
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as management:
        management.put(f"/api/vhosts/{name}").raise_for_status()
        try:
            user = f"/api/permissions/{name}/{environment.AMQP_USER}"
            management.put(user, json=everything_allowed).raise_for_status()
            yield {"AMQP_URL": _with_path(known["AMQP_URL"], name)}
        finally:
            management.delete(f"/api/vhosts/{name}").raise_for_status()


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
