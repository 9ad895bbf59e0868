"""The command line of the stack."""

import json
import shlex
from collections.abc import Callable

import click
from rich.console import Console
from rich.table import Table

from stack import environment, lifecycle
from stack import profile as profiles
from stack.errors import StackError
from stack.profile import Profile
from stack.programs import everything
from stack.supervisor import Supervisor

_errors = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    _errors.print(text, markup=False)


def main() -> None:
    try:
        cli(standalone_mode=False)
    except StackError as error:
        say(f"stack: {error}")
        raise SystemExit(2) from None


@click.group()
def cli() -> None:
    """Run every process of this project."""


@cli.command()
@click.option("--profile", default="dev")
def servers(profile: str) -> None:
    p = profiles.load(profile)
    with lifecycle.locked(p):
        lifecycle.start_servers(p, say=say)


@cli.command()
@click.option("--profile", default="dev")
def down(profile: str) -> None:
    p = profiles.load(profile)
    with lifecycle.locked(p):
        lifecycle.down(p, say=say)


@cli.command()
@click.option("--profile", default="dev")
def env(profile: str) -> None:
    """Print the variables as a shell reads them: eval "$(python -m stack env)"."""
    for name, value in environment.variables(profiles.load(profile)).items():
        click.echo(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()
