"""Finds the processes of a victim, kills them, and awaits that they are back."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from chaos.cases import DATABASE, GUNICORN, POSTMASTERS, WORKER
from demo.errors import StoryError
from stack import profile as profiles
from stack import programs, waiting
from stack.clusters import clusters
from stack.errors import StackError

GONE_WITHIN_S = 10
BACK_WITHIN_S = 300
_PROGRAM = {GUNICORN: "monolith", WORKER: "monolith"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """Processes that die together."""

    name: str
    pids: tuple[int, ...]
    # Back when this returns; nobody brings back a coordinator.
    await_return: Callable[[], None]

    def kill(self) -> float:
        """Kill all; returns when the first had its signal."""
        os.kill(self.pids[0], signal.SIGKILL)
        struck_at = time.time()
        for pid in self.pids[1:]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return struck_at

    def await_death(self) -> None:
        """Return when none of them is there, or the one that is not ours to reap is a zombie."""
        if not waiting.until(lambda: not any(map(_lives, self.pids)), timeout_s=GONE_WITHIN_S):
            raise StoryError(f"{self.name} lives on after SIGKILL")


def of_program(name: str) -> Victim:
    """A process of the stack as it runs now."""
    servers = {DATABASE: tuple(cluster.name for cluster in clusters(profiles.current()))}
    servers |= {postmaster: (postmaster,) for postmaster in POSTMASTERS.values()}
    if name in servers:
        return _of_postmasters(name, servers[name])
    program = _PROGRAM.get(name, name)
    main = psutil.Process(programs.pid(program))
    family = (main, *main.children(recursive=True))
    pids = tuple(process.pid for process in family)
    if name == GUNICORN:
        # Its children are left to notice it, as they would be.
        pids = pids[:1]
    if name == WORKER:
        pids = pids[1:2]
    return Victim(
        name=name, pids=pids, await_return=lambda: _await_return(program, children=len(family) - 1)
    )


def of_pid(name: str, pid: int) -> Victim:
    """A process of ours."""
    return Victim(name=name, pids=(pid,), await_return=lambda: None)


def _of_postmasters(name: str, servers: Sequence[str]) -> Victim:
    """Servers of PostgreSQL; their children are left to notice it, as well."""

    def await_return() -> None:
        for server in servers:
            _await_return(server, children=0)

    return Victim(name=name, pids=tuple(map(programs.pid, servers)), await_return=await_return)


def _await_return(program: str, *, children: int) -> None:
    def is_back() -> bool:
        # Not there at all at first, and a broker on a busy machine boots for minutes.
        with suppress(psutil.NoSuchProcess, StackError):
            programs.await_ready(program)
            there = psutil.Process(programs.pid(program)).children(recursive=True)
            return program != "monolith" or len(there) >= children
        return False

    if not waiting.until(is_back, timeout_s=BACK_WITHIN_S):
        raise StoryError(f"{program} did not come back within {BACK_WITHIN_S} s")


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
