"""restart · stop: the commands for one program of what runs already."""

from collections.abc import Iterable

import click

from stack import lifecycle, options, programs, table
from stack.errors import StackError
from stack.profile import Profile
from stack.supervisor import Supervisor
from stack.table import Program


@click.command()
@options.profile
@click.argument("name")
def restart(profile: Profile, name: str) -> None:
    """Stop the program NAME and start it again; it is started also where it was stopped."""
    require_known(profile, name)
    with lifecycle.locked(profile):
        _require_running(profile)
        programs.restart(name, profile=profile)


@click.command()
@options.profile
@click.option("--dry-run", is_flag=True, help="Only name what would be stopped.")
@click.argument("names", nargs=-1, required=True)
def stop(profile: Profile, *, dry_run: bool, names: tuple[str, ...]) -> None:
    """Stop the programs NAMES; they stay down until `restart` or `up`."""
    for name in names:
        require_known(profile, name)
    with lifecycle.locked(profile):
        _require_running(profile)
        for phase in lifecycle.stop_phases(profile):
            chosen = tuple(program for program in phase if program.name in names)
            if dry_run:
                _name(chosen)
            else:
                lifecycle.stop(profile, chosen, say=_say)


def _name(chosen: Iterable[Program]) -> None:
    for program in chosen:
        click.echo(f"{program.name} would be stopped")


def _say(text: str) -> None:
    click.echo(text, err=True)


def require_known(profile: Profile, name: str) -> None:
    """Complain about a name that no program has."""
    known = [program.name for program in table.everything(profile)]
    if name not in known:
        raise click.UsageError(f"no program {name!r}; there are {', '.join(known)}")


def _require_running(profile: Profile) -> None:
    # A program alone, without its servers and without a look at the ports, helps nobody.
    if not Supervisor(profile).alive():
        raise StackError("nothing runs here; start it with: python -m stack up")
