"""sync · reset · keys sync: the commands that make a gateway equal to something, and how they are told of."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import click

from kong_admin import options, report
from kong_admin.errors import UnusableInputError
from kong_admin.jwks import fetch
from kong_admin.keys import CONSUMER, keys_state
from kong_admin.printing import progress, show
from kong_admin.proxy import Patience, Proxy
from kong_admin.state import State
from kong_admin.sync import Synced, compare, sync

F = TypeVar("F", bound=Callable[..., Any])


def _applying(command: F) -> F:
    """What all of them take, but for the tag."""
    given = (
        options.gateway,
        click.option(
            "--proxy-url",
            envvar="KONG_PROXY_URL",
            show_envvar=True,
            help="Wait until changes are in force here.",
        ),
        options.timeout,
        click.option(
            "--parallel",
            type=click.IntRange(min=1, max=100),
            help="Calls at once, where the order does not matter; else 24 with PostgreSQL, or 100.",
        ),
        options.dry_run,
        options.as_json,
    )
    for option in reversed(given):
        command = option(command)
    return command


@click.command(name="sync")
@options.files
@options.select_tag
@_applying
def sync_command(*, paths: tuple[Path, ...], **how: Any) -> None:
    """Make the gateway equal to the files and wait until it is so at the proxy."""
    _apply(options.desired_state(paths, how["select_tag"]), **how)


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.select_tag
@_applying
def reset(*, yes: bool, **how: Any) -> None:
    """Take everything away that carries the select tag."""
    if not yes and not how["dry_run"]:
        if how["as_json"] or not sys.stdin.isatty():
            raise UnusableInputError("nobody to ask: give --yes, or --dry-run to see what would go")
        click.confirm(f"Delete everything tagged {how['select_tag']}?", abort=True, err=True)
    _apply(State(), **how)


@click.group()
def keys() -> None:
    """Whose tokens the gateway believes."""


@keys.command(name="sync")
@click.option(
    "--jwks",
    required=True,
    envvar="KONG_JWKS_URL",
    show_envvar=True,
    metavar="URL",
    help="Where the issuer publishes its keys.",
)
@click.option("--consumer", default=CONSUMER, show_default=True, help="Who has the credentials.")
@options.tag_of_keys
@_applying
def sync_keys(*, jwks: str, consumer: str, select_tag: str, **how: Any) -> None:
    """Make the jwt credentials of a consumer equal to a JSON Web Key Set.

    New keys first; the gone ones leave once the new ones are live. Run it after each rotation, or
    often enough: before a published key begins to sign.
    """
    found = fetch(options.usable_url(jwks, "--jwks"))
    for kid in found.ignored:
        click.echo(f"ignored: key {kid}, which is not RSA or has no name", err=True)
    _apply(
        keys_state(found, consumer=consumer, select_tag=select_tag), select_tag=select_tag, **how
    )


def _apply(
    desired: State,
    *,
    admin_url: str | None,
    headers: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    select_tag: str,
    **waiting: Any,
) -> None:
    with options.open_gateway(admin_url, headers) as admin:
        if dry_run:
            found = compare(admin, desired, select_tag=select_tag)
            text = report.text(found.changes, found.missing, otherwise="nothing to change")
            facts = report.facts(found.changes, found.missing)
            show(text, facts | {"dry_run": True}, as_json=as_json)
            return
        with ExitStack() as open_things:
            patience = Patience(timeout_s=waiting["timeout_s"])
            proxy = _open_proxy(waiting["proxy_url"], patience, open_things)
            synced = sync(
                admin,
                desired,
                select_tag=select_tag,
                proxy=proxy,
                patience=patience,
                parallel=waiting["parallel"],
                on_change=open_things.enter_context(progress()),
            )
    _show(synced, as_json=as_json)


def _open_proxy(url: str | None, patience: Patience, open_things: ExitStack) -> Proxy | None:
    if not url:
        return None
    usable = options.usable_url(url, "KONG_PROXY_URL")
    return open_things.enter_context(Proxy(usable, patience=patience))


def _show(synced: Synced, *, as_json: bool) -> None:
    show(report.synced_text(synced), report.synced_json(synced), as_json=as_json)
