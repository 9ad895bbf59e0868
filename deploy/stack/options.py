"""The options that the commands share."""

from collections.abc import Callable
from typing import Any

import click

from stack import profile as profiles
from stack.profile import Kind

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
keep = click.option(
    "--keep", is_flag=True, help="When the start fails, leave running what did start."
)


def profile(command: Callable[..., Any]) -> Callable[..., Any]:
    """--profile, as the copy that it names."""
    return click.option(
        "--profile",
        type=click.Choice([kind.value for kind in Kind]),
        default=Kind.DEV.value,
        callback=lambda _context, _parameter, kind: profiles.load(kind),
        help="dev: state in .run, ports from 18000. test: .run/test, ports from 19000."
        " STACK_PORT_BASE chooses other ports.",
        show_default="dev",
    )(command)
