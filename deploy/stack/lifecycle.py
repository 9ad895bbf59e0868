"""Brings a copy up and down."""

import fcntl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import psutil

from stack import ports, postgresql, rabbitmq, readiness, roles, strays, waiting
from stack.errors import ProgramError, StackError
from stack.profile import Profile
from stack.programs import Program, everything
from stack.programs import servers as server_programs
from stack.supervisor import Supervisor

Say = Callable[[str], None]


@contextmanager
def locked(profile: Profile) -> Iterator[None]:
    """One command at a time; a second one waits for the first."""
    for directory in (profile.state, profile.logs):
        directory.mkdir(parents=True, exist_ok=True)
    with (profile.state / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def start_servers(profile: Profile, *, say: Say) -> None:
    """PostgreSQL and RabbitMQ, with roles, databases and the virtual host."""
    supervisor = Supervisor(profile)
    if not supervisor.alive():
        strays.end(profile)
    wanted = server_programs(profile)
    postgresql.prepare(profile)
    rabbitmq.prepare(profile)
    start(profile, wanted, say=say)
    roles.ensure(profile)


def start(profile: Profile, wanted: Iterable[Program], *, say: Say) -> None:
    """Start programs together and await each; those that run are left alone."""
    supervisor = Supervisor(profile)
    wanted = tuple(wanted)
    running = {process.name for process in supervisor.processes() if process.runs}
    for program in wanted:
        if program.name not in running:
            ports.require_free(program.name, program.ports)
    supervisor.ensure()
    for program in wanted:
        if program.name not in running:
            say(f"starting {program.name}")
            supervisor.start(program.name)
    for program in wanted:
        await_ready(profile, program)


def await_ready(profile: Profile, program: Program) -> None:
    """Return once the program answers; complain as soon as it dies."""
    supervisor = Supervisor(profile)
    first = supervisor.process(program.name).pid
    answer = "nothing yet"

    def ready() -> bool:
        nonlocal answer, first
        process = supervisor.process(program.name)
        first = first or process.pid
        if not process.runs or process.pid not in {0, first}:
            supervisor.stop(program.name)
            raise ProgramError(_death(profile, program))
        answer = readiness.ask(profile, program)
        return not answer

    if not waiting.until(ready, timeout_s=program.ready_within_s):
        raise ProgramError(
            f"{program.name} was not ready after {program.ready_within_s} s:"
            f" {answer}; see {profile.log(program.name)}"
        )


def down(profile: Profile, *, say: Say) -> None:
    """Stop everything and leave no process; nothing happens when nothing runs."""
    supervisor = Supervisor(profile)
    if supervisor.alive():
        for phase in _stop_phases(profile):
            _stop(supervisor, phase, say=say)
        daemon = supervisor.shutdown()
        waiting.until(lambda: not psutil.pid_exists(daemon), timeout_s=30)
    if ended := strays.end(profile):
        say(f"ended {len(ended)} processes which no supervisor looked after")
    if left := strays.find(profile):
        raise StackError(f"still alive: {', '.join(str(process.pid) for process in left)}")


def _stop_phases(profile: Profile) -> Iterator[tuple[Program, ...]]:
    """Ours first, so that they can finish; the port mapper after the node that uses it."""
    servers = server_programs(profile)
    ours = tuple(program for program in everything(profile) if program not in servers)
    yield ours
    yield tuple(program for program in servers if program.name != "epmd")
    yield tuple(program for program in servers if program.name == "epmd")


def _stop(supervisor: Supervisor, phase: tuple[Program, ...], *, say: Say) -> None:
    names = {program.name for program in phase}
    for name in _alive(supervisor, names):
        say(f"stopping {name}")
        supervisor.stop(name)
    longest = max(program.stop_wait_s for program in phase) + 5
    waiting.until(lambda: not _alive(supervisor, names), timeout_s=longest)


def _alive(supervisor: Supervisor, names: set[str]) -> list[str]:
    return [entry.name for entry in supervisor.processes() if entry.pid and entry.name in names]


def _death(profile: Profile, program: Program) -> str:
    log = profile.log(program.name)
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    last = next((line.strip() for line in reversed(lines) if line.strip()), "without a word")
    return f"{program.name} died at start: {last[:300]}; see {log}"
