"""What nobody can be asked for is one line and an exit code: click's own answer has four or five."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

INTERRUPTED = 130


@contextmanager
def told(name: str) -> Iterator[None]:
    """End the program with one line where click refuses what was asked for."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError as no_arguments:
        click.echo(no_arguments.ctx.get_help(), err=True)
        sys.exit(no_arguments.exit_code)
    except click.ClickException as misused:
        line = " ".join(misused.format_message().split())
        hint = " See --help." if isinstance(misused, click.UsageError) else ""
        click.echo(f"{name}: {line}{hint}", err=True)
        sys.exit(misused.exit_code)


def run(command: click.Command, *, name: str) -> NoReturn:
    """Run a command line to its end."""
    with told(name):
        try:
            code = command.main(standalone_mode=False)
        except click.Abort:
            click.echo(f"{name}: interrupted", err=True)
            sys.exit(INTERRUPTED)
    sys.exit(code or 0)
