"""scratch: a small shop of its own for one command, which may do to it what it likes."""

import subprocess
import sys

import click

from stack import environment, options, testing
from stack.errors import StackError
from stack.leases import left_as_found
from stack.lifecycle import locked, start_servers
from stack.profile import ROOT, Profile

_AS_OWNER = "MONOLITH_OWNER_DATABASE_URL"
_STEPS = (
    ("migrate", "--no-input"),
    ("rotate_key", "--if-none"),
    ("seed", "--products", "1000", "--customers", "100", "--orders", "0"),
    ("make_identities",),
)


@click.command("scratch", context_settings={"ignore_unknown_options": True})
@options.profile
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run_in_scratch(profile: Profile, *, command: tuple[str, ...]) -> int:
    """Run COMMAND with a database of the monolith of its own, filled a little, dropped afterwards.

    The servers are started if they do not run. Put -- before the command; its exit code is ours.
    """
    with left_as_found(profile):
        with locked(profile):
            start_servers(profile, say=lambda text: click.echo(text, err=True))
        with testing.scratch_database("monolith", profile=profile) as leading:
            variables = environment.inherited() | environment.variables(profile) | leading
            for step in _STEPS:
                _manage(step, variables)
            return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode


def _manage(step: tuple[str, ...], variables: dict[str, str]) -> None:
    # Only the owner may change tables.
    instead = {"MONOLITH_DATABASE_URL": variables[_AS_OWNER]} if step[0] == "migrate" else {}
    done = subprocess.run(
        [sys.executable, "-m", "monolith.manage", *step],
        cwd=ROOT,
        env=variables | instead,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or "it said nothing").splitlines()[-1]
        msg = f"`python -m monolith.manage {' '.join(step)}` failed: {said}"
        raise StackError(msg)
