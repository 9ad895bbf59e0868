"""The options that the commands share, and what they make of them."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
import httpx

from kong_admin.audit import audit_of
from kong_admin.client import TIMEOUT, KongAdmin
from kong_admin.declarative import load
from kong_admin.diff import SELECT_TAG
from kong_admin.errors import UnusableInputError
from kong_admin.keys import KEYS_TAG
from kong_admin.retry import Retry
from kong_admin.state import State

F = TypeVar("F", bound=Callable[..., Any])

# Where the files are when none are named: beside us, or seen from the top of the repository.
_USUAL_FOLDERS = (Path("kong"), Path("gateway-config/kong"))

files = click.argument(
    "paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|FOLDER]..."
)
select_tag = click.option(
    "--select-tag",
    default=SELECT_TAG,
    show_default=True,
    help="Only entities with this tag are ours: they get it, and only they are deleted.",
)
tag_of_keys = click.option(
    "--select-tag",
    default=KEYS_TAG,
    show_default=True,
    help="What the credentials carry; not the tag of the files, whose sync would delete them.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
timeout = click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0.1),
    default=20.0,
    show_default=True,
    help="Seconds to wait for the proxy, and for new targets to be healthy.",
)
dry_run = click.option("--dry-run", is_flag=True, help="Say what would change and change nothing.")


def gateway(command: F) -> F:
    """--admin-url and --header."""
    command = click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="NAME:VALUE",
        help="Sent with every request; KONG_ADMIN_TOKEN, if set, is sent as Kong-Admin-Token.",
    )(command)
    return click.option(
        "--admin-url",
        envvar="KONG_ADMIN_URL",
        show_envvar=True,
        help="Kong's Admin API, for example http://127.0.0.1:8001.",
    )(command)


def open_gateway(
    admin_url: str | None,
    headers: tuple[str, ...],
    *,
    timeout: httpx.Timeout = TIMEOUT,
    retry: Retry | None = None,
) -> KongAdmin:
    """The client for the address and headers that were given."""
    if not admin_url:
        raise UnusableInputError(
            "no gateway: set KONG_ADMIN_URL or give --admin-url http://127.0.0.1:8001"
        )
    sent = _headers(headers, os.environ)
    url = usable_url(admin_url, "KONG_ADMIN_URL")
    audit = audit_of(os.environ)
    return KongAdmin(url, headers=lambda: sent, audit=audit, timeout=timeout, retry=retry)


def usable_url(url: str, name: str) -> str:
    """The address itself, or why it is none; `name` says which one."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as malformed:
        raise UnusableInputError(f"{name} {url!r} is not an address: {malformed}") from malformed
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UnusableInputError(f"{name} {url!r} must begin with http:// or https://")
    return url


def desired_state(paths: tuple[Path, ...], tag: str) -> State:
    """What the named files want, or those of KONG_FILES, or those in the usual place."""
    found = paths or _usual_files(os.environ.get("KONG_FILES", ""))
    if not found:
        raise UnusableInputError(
            "no files: name a file or a folder, set KONG_FILES, or run where kong/ or "
            "gateway-config/kong/ is"
        )
    return load(found, select_tag=tag)


def _usual_files(listed: str) -> tuple[Path, ...]:
    if listed:
        return tuple(map(Path, listed.split(os.pathsep)))
    return tuple(folder for folder in _USUAL_FOLDERS if folder.is_dir())[:1]


def _headers(given: tuple[str, ...], environ: Mapping[str, str]) -> dict[str, str]:
    # A token in the environment does not show in the list of processes.
    token = environ.get("KONG_ADMIN_TOKEN")
    headers = {"Kong-Admin-Token": token} if token else {}
    for header in given:
        name, colon, value = header.partition(":")
        if not colon or not name.strip():
            raise UnusableInputError(f"--header {header!r} must look like NAME:VALUE")
        headers[name.strip()] = value.strip()
    return headers
