"""join · reap: the commands by which instances become targets of upstreams, and cease to be."""

import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click
import httpx

from kong_admin import options
from kong_admin.addresses import normal_address
from kong_admin.beside import Registrar, run_beside
from kong_admin.client import KongAdmin
from kong_admin.health import healths
from kong_admin.membership import Membership
from kong_admin.printing import show
from kong_admin.retry import Retry
from kong_admin.shares import SELF_REGISTERED_TAG

F = TypeVar("F", bound=Callable[..., Any])

# Short: an instance that leaves has better to do than to wait for the gateway.
_TIMEOUT = httpx.Timeout(3.0, connect=0.5)
_TRIES = 2
_LOOK_S = 1.0


def _address(_: click.Context, parameter: click.Parameter, text: str) -> str:
    try:
        return normal_address(text)
    except ValueError as malformed:
        raise click.BadParameter(str(malformed), param=parameter) from malformed


_upstreams = click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    required=True,
    help="An upstream of which the instances are targets; may be given more than once.",
)
_rest = click.option(
    "--rest-to",
    "rest",
    required=True,
    metavar="HOST:PORT",
    callback=_address,
    help="The target that has the rest of each share; its weight follows their number.",
)


@click.command()
@_upstreams
@click.option(
    "--target", required=True, metavar="HOST:PORT", callback=_address, help="Where it listens."
)
@_rest
@click.option("--ready-url", required=True, metavar="URL", help="Answers 200 once it is ready.")
@click.option(
    "--register",
    type=click.Choice(["on", "off"]),
    default="off",
    envvar="REGISTER",
    show_envvar=True,
    show_default=True,
    help="off: only run the command, where the platform knows who is there.",
)
@options.gateway
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def join(
    *,
    upstreams: tuple[str, ...],
    target: str,
    rest: str,
    ready_url: str,
    register: str,
    admin_url: str | None,
    headers: tuple[str, ...],
    command: tuple[str, ...],
) -> None:
    """Run COMMAND, and make it a target of upstreams for as long as it is ready.

    It gets the weight that the other instances have at that moment. On SIGTERM its weight becomes 0,
    then the command is told to end, and when it has, the target is deleted. A command that ends by
    itself is taken out at once. The last instance keeps its target, which remembers the share.
    """
    if register == "off":
        os.execvp(command[0], command)  # noqa: S606  # no shell is what we want
    ready_url = options.usable_url(ready_url, "--ready-url")
    with options.open_gateway(
        admin_url, headers, timeout=_TIMEOUT, retry=Retry(tries=_TRIES)
    ) as admin:
        memberships = [
            Membership(admin, upstream=upstream, address=target, rest=rest)
            for upstream in upstreams
        ]
        code = run_beside(command, Registrar(memberships, ready_url=ready_url, say=_say))
    sys.exit(code)


@click.command()
@_upstreams
@_rest
@click.option(
    "--for",
    "for_s",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    help="Only what was unhealthy for so many seconds.",
)
@options.gateway
@options.dry_run
@options.as_json
def reap(
    *,
    upstreams: tuple[str, ...],
    rest: str,
    for_s: float,
    admin_url: str | None,
    headers: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take away what registered itself and is dead, by the gateway's own health checks.

    Who was killed cannot leave by itself; the gateway sends it nothing, but its target stays. The
    last instance keeps its target, which remembers the share.
    """
    with options.open_gateway(admin_url, headers) as admin:
        found = [
            Membership(admin, upstream=upstream, address=address, rest=rest)
            for upstream, address in sorted(_dead(admin, upstreams, for_s=for_s))
        ]
        went = [(one, not dry_run and one.go()) for one in found]
    lines = [f"{_fate(gone=gone, dry_run=dry_run)} {m.upstream} {m.address}" for m, gone in went]
    facts = [{"upstream": m.upstream, "target": m.address, "gone": gone} for m, gone in went]
    show(
        "\n".join(lines or ["nothing to take away"]),
        {"targets": facts, "dry_run": dry_run},
        as_json=as_json,
    )


def _dead(admin: KongAdmin, upstreams: Iterable[str], *, for_s: float) -> set[tuple[str, str]]:
    """Upstream and address of those that were unhealthy at each look."""
    upstreams = tuple(upstreams)
    deadline = time.monotonic() + for_s
    dead = _unhealthy(admin, upstreams)
    while dead and (left_s := deadline - time.monotonic()) > 0:
        time.sleep(min(_LOOK_S, left_s))
        dead &= _unhealthy(admin, upstreams)
    return dead


def _unhealthy(admin: KongAdmin, upstreams: Iterable[str]) -> set[tuple[str, str]]:
    return {
        (upstream, target.target)
        for upstream in upstreams
        if (known := healths(admin, upstream)) is not None
        for target in admin.targets(upstream).list_all(tags=[SELF_REGISTERED_TAG])
        if known.get(target.target) == "UNHEALTHY"
    }


def _fate(*, gone: bool, dry_run: bool) -> str:
    if dry_run:
        return "would go:"
    return "gone:" if gone else "kept, as the last that knows the share:"


def _say(text: str) -> None:
    click.echo(f"kong_admin join: {text}", err=True)
