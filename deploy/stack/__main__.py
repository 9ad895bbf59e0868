"""The command line of the stack."""

import json
import shlex
import signal
import sys
from collections.abc import Callable
from types import FrameType

import click
from rich.console import Console

from stack import environment, lifecycle, misuse, options, status
from stack.container_commands import compose_env, make_databases, make_manifests
from stack.errors import StackError
from stack.profile import Profile
from stack.program_commands import require_known, restart, stop

_terminal = Console(highlight=False, soft_wrap=True)
_errors = Console(highlight=False, soft_wrap=True, stderr=True)

INTERRUPTED = 130


def say(text: str) -> None:
    """Progress goes to the standard error, so that --json stays readable by a machine."""
    _errors.print(text, markup=False, style="dim")


def main() -> None:
    """Run a command; whatever goes wrong ends as one line and an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with misuse.told("stack"):
            sys.exit(cli(standalone_mode=False))
    except (StackError, OSError) as error:
        _fail(str(error))
    except click.Abort as error:
        # click makes this of both an interrupt and a question nobody answered.
        if not isinstance(error.__cause__, KeyboardInterrupt):
            _fail("not confirmed")
        say("stack: interrupted")
        sys.exit(INTERRUPTED)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(message: str) -> None:
    _errors.print(f"stack: {message}", markup=False, style="red")
    sys.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Run every process of this project on this machine, on loopback ports of its own.

    Exit codes: 0 done, 1 not everything is ready (status), 2 something is in the way; the message
    names it and the log.
    """


@cli.command()
@options.profile
@options.as_json
@options.keep
@click.argument("names", nargs=-1)
def up(profile: Profile, *, as_json: bool, keep: bool, names: tuple[str, ...]) -> None:
    """Start everything, or the servers and the programs NAMES, and await each."""
    for name in names:
        require_known(profile, name)
    _bring_up(profile, keep=keep, start=lambda: lifecycle.up(profile, only=names, say=say))
    _show(profile, as_json=as_json)


@cli.command()
@options.profile
@options.as_json
@options.keep
def servers(profile: Profile, *, as_json: bool, keep: bool) -> None:
    """Start PostgreSQL and RabbitMQ only, with roles, databases and the virtual host."""
    _bring_up(profile, keep=keep, start=lambda: lifecycle.start_servers(profile, say=say))
    _show(profile, as_json=as_json)


@cli.command()
@options.profile
def down(profile: Profile) -> None:
    """Stop everything, and check that no process is left. Harmless when nothing runs."""
    with lifecycle.locked(profile):
        lifecycle.down(profile, say=say)


@cli.command("status")
@options.profile
@options.as_json
def show_status(profile: Profile, *, as_json: bool) -> int:
    """Show each process. Exit code 1 unless all are ready."""
    return _show(profile, as_json=as_json)


@cli.command()
@options.profile
@click.confirmation_option("--yes", prompt="Delete all databases, the queues and the logs?")
def reset(profile: Profile) -> None:
    """Stop everything and delete its state: databases, queues, passwords, logs."""
    with lifecycle.locked(profile):
        lifecycle.reset(profile, say=say)


@cli.command()
@options.profile
@options.as_json
def env(profile: Profile, *, as_json: bool) -> None:
    """Print the variables, passwords included: eval "$(python -m stack env)"."""
    profile.state.mkdir(parents=True, exist_ok=True)
    variables = environment.variables(profile)
    if as_json:
        click.echo(json.dumps(variables, indent=2))
        return
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")


cli.add_command(compose_env)
cli.add_command(make_databases)
cli.add_command(make_manifests)
cli.add_command(restart)
cli.add_command(stop)


def _bring_up(profile: Profile, *, keep: bool, start: Callable[[], None]) -> None:
    with lifecycle.locked(profile):
        if keep:
            start()
            return
        with lifecycle.undone_on_failure(profile, say=say):
            start()


def _show(profile: Profile, *, as_json: bool) -> int:
    lines = status.lines(profile)
    if as_json:
        click.echo(json.dumps(status.as_json(lines), indent=2))
    else:
        _terminal.print(status.as_table(lines))
    return 0 if all(line.ready for line in lines) else 1


if __name__ == "__main__":
    main()
