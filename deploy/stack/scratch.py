"""scratch: a small shop of its own for one command, which may do to it what it likes."""

import subprocess

import click

from stack import environment, options, tasks, testing
from stack.leases import left_as_found
from stack.lifecycle import locked, start_servers
from stack.profile import ROOT, Profile

_SIZES = ("--products", "1000", "--customers", "100", "--orders", "0")
_STEPS = (
    tasks.MIGRATE_MONOLITH,
    tasks.SIGNING_KEY,
    tasks.Task(name="seed", arguments=("-m", "monolith.manage", "seed", *_SIZES)),
    tasks.Task(name="make-identities", arguments=("-m", "monolith.manage", "make_identities")),
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
            start_servers(profile, say=_say)
        with testing.scratch_database("monolith", profile=profile) as leading:
            for task in _STEPS:
                tasks.run(profile, task, say=_say, leading=leading)
            variables = environment.inherited() | environment.variables(profile) | leading
            return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode


def _say(text: str) -> None:
    click.echo(text, err=True)
