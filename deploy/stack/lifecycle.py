"""Brings a copy up and down."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from stack import (
    environment,
    postgresql,
    rabbitmq,
    roles,
    starting,
    strays,
    table,
    tasks,
    waiting,
)
from stack.errors import StackError
from stack.profile import Profile
from stack.supervisor import Supervisor
from stack.table import Program

Say = Callable[[str], None]

# Some 200 000 requests.
LONGEST_ACCESS_LOG = 100 * 2**20

# What lies in a state directory and is not that copy's: the lock we hold, `make setup`'s notes, the
# tests' own copy, the reports of demonstrations.
_OUTLIVES_RESET = {"lock", "setup.lock", "setup.log", "test", "demo"}


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
    _end_strays(profile)
    wanted = table.servers(profile)
    postgresql.prepare(profile)
    rabbitmq.prepare(profile)
    starting.start(profile, wanted, say=say)
    roles.ensure(profile)
    rabbitmq.ensure_login(profile)


def up(profile: Profile, *, only: tuple[str, ...] = (), say: Say) -> None:
    """Everything, or the servers and the named programs."""
    usual = (*table.gateway(profile), *table.applications(profile))
    ours = (*usual, *table.exporters(profile))
    if not only and not environment.is_kafka_used():
        ours = usual
    wanted = tuple(program for program in ours if not only or program.name in only)
    _end_strays(profile)
    bound_access_logs(profile)
    # A port that is taken is known before anything has started.
    starting.require_ports(profile, (*table.servers(profile), *wanted))
    start_servers(profile, say=say)
    tasks.run_together(profile, tasks.MIGRATIONS, say=say)
    starting.start(profile, wanted, say=say)
    names = {program.name for program in wanted}
    if "gateway-admin" in names:
        keys = tasks.KEYS if "monolith" in names and environment.is_auth_required() else ()
        for task in (*keys, tasks.SYNC):
            tasks.run(profile, task, say=say)


@contextmanager
def undone_on_failure(profile: Profile, *, say: Say) -> Iterator[None]:
    """Leave nothing behind when a start fails or is interrupted, unless there was something."""
    before = Supervisor(profile).alive()
    try:
        yield
    except (Exception, KeyboardInterrupt):
        if not before:
            down(profile, say=say)
        raise


def down(profile: Profile, *, say: Say) -> None:
    """Stop everything and leave no process; nothing happens when nothing runs."""
    supervisor = Supervisor(profile)
    if supervisor.alive():
        for phase in stop_phases(profile):
            stop(profile, phase, say=say)
        daemon = supervisor.shutdown()
        waiting.until(lambda: not psutil.pid_exists(daemon), timeout_s=30)
    if ended := strays.end(profile):
        say(f"ended {len(ended)} processes which no supervisor looked after")
    if left := strays.find(profile):
        raise StackError(f"still alive: {', '.join(str(process.pid) for process in left)}")


def down_to(profile: Profile, before: set[str], *, say: Say) -> None:
    """Stop what runs now and is not among these."""
    if not before:
        down(profile, say=say)
        return
    for phase in stop_phases(profile):
        stop(profile, tuple(entry for entry in phase if entry.name not in before), say=say)


def stop_phases(profile: Profile) -> Iterator[tuple[Program, ...]]:
    """Ours first, so that they can finish; the port mapper after the node that uses it."""
    servers = table.servers(profile)
    ours = tuple(program for program in table.everything(profile) if program not in servers)
    yield ours
    yield tuple(program for program in servers if program.name != "epmd")
    yield tuple(program for program in servers if program.name == "epmd")


def stop(profile: Profile, programs: tuple[Program, ...], *, say: Say) -> None:
    """Stop programs together and await their end."""
    supervisor = Supervisor(profile)
    names = {program.name for program in programs}
    for name in _alive(supervisor, names):
        say(f"stopping {name}")
        supervisor.stop(name)
    longest = max((program.stop_wait_s for program in programs), default=0) + 5
    if not waiting.until(lambda: not _alive(supervisor, names), timeout_s=longest):
        raise StackError(f"did not stop: {', '.join(_alive(supervisor, names))}")


def reset(profile: Profile, *, say: Say) -> None:
    """Stop everything and delete all state: databases, queues, gateway, passwords, logs."""
    down(profile, say=say)
    postgresql.remove(profile)
    for entry in profile.state.iterdir():
        if entry.name in _OUTLIVES_RESET:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    profile.socket.unlink(missing_ok=True)


def bound_access_logs(profile: Profile) -> None:
    """Empty what has grown too long: supervisor rotates its programs' output, not these files."""
    for log in profile.logs.glob("*.jsonl"):
        # The gateway appends to the file it has open, so it need not be told.
        if log.stat().st_size > LONGEST_ACCESS_LOG:
            os.truncate(log, 0)


def _end_strays(profile: Profile) -> None:
    if not Supervisor(profile).alive():
        strays.end(profile)


def _alive(supervisor: Supervisor, names: set[str]) -> list[str]:
    return [
        process.name
        for process in supervisor.processes()
        if process.name in names and (process.pid or process.state == "BACKOFF")
    ]
