"""restart · stop: the commands for one program of what runs already."""

import click

from stack import lifecycle, options, programs, table
from stack.errors import StackError
from stack.profile import Profile
from stack.supervisor import Supervisor


@click.command()
@options.profile
@click.argument("name")
def restart(profile: Profile, name: str) -> None:
    """Stop the program NAME and start it again; it is started also where it was stopped."""
    require_known(profile, name)
    with lifecycle.locked(profile):
        _require_running(profile)
        programs.restart(name, profile=profile)


def require_known(profile: Profile, name: str) -> None:
    """Complain about a name that no program has."""
    known = [program.name for program in table.everything(profile)]
    if name not in known:
        raise click.UsageError(f"no program {name!r}; there are {', '.join(known)}")


def _require_running(profile: Profile) -> None:
    # A program alone, without its servers and without a look at the ports, helps nobody.
    if not Supervisor(profile).alive():
        raise StackError("nothing runs here; start it with: python -m stack up")
