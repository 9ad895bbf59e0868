"""Runs what is done once and ends: migrations, and loading the gateway's files."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from stack import environment
from stack.causes import cause
from stack.errors import ProgramError
from stack.profile import Profile
from stack.services import SERVICES

_TIMEOUT_S = 180
# Each is one busy process, and two cores are the least that anybody has.
_AT_A_TIME = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One command that must end well."""

    name: str
    arguments: tuple[str, ...]
    # Variable to set -> variable to take it from.
    instead: tuple[tuple[str, str], ...] = ()


MIGRATIONS = (
    Task(
        name="migrate-monolith",
        arguments=("-m", "monolith.manage", "migrate", "--no-input"),
        # Only the owner may change tables; the running monolith may not.
        instead=(("MONOLITH_DATABASE_URL", "MONOLITH_OWNER_DATABASE_URL"),),
    ),
    *(
        Task(
            name=f"migrate-{service.name}", arguments=("-m", f"extracted.{service.name}", "migrate")
        )
        for service in SERVICES
    ),
)
# Before the files: with them nobody comes in whose key the gateway does not know.
KEYS = (
    Task(name="signing-key", arguments=("-m", "monolith.manage", "rotate_key", "--if-none")),
    Task(name="sync-keys", arguments=("-m", "kong_admin", "keys", "sync")),
)
SYNC = Task(name="sync-gateway", arguments=("-m", "kong_admin", "sync"))


def run_together(profile: Profile, tasks: Sequence[Task], *, say: Callable[[str], None]) -> None:
    """Run tasks that do not need each other, two at a time; the first that failed is raised."""
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        ends = [pool.submit(run, profile, task, say=say) for task in tasks]
    for end in ends:
        end.result()


def run(profile: Profile, task: Task, *, say: Callable[[str], None]) -> None:
    """Run a task to its end; its output goes to its log."""
    say(f"running {task.name}")
    log = profile.log(task.name)
    with log.open("w") as output:
        try:
            done = subprocess.run(
                [sys.executable, *task.arguments],
                cwd=profile.root,
                env=environment.inherited() | _variables(profile, task),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ProgramError(f"{task.name} took over {_TIMEOUT_S} s; see {log}") from None
    if done.returncode:
        raise ProgramError(f"{task.name} failed: {cause(log.read_text())}; see {log}")


def _variables(profile: Profile, task: Task) -> dict[str, str]:
    known = environment.variables(profile)
    return known | {name: known[source] for name, source in task.instead}
