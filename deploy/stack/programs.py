"""What a test or a demonstration may do to one running program."""

import contextlib
import os
import signal

import psutil

from stack import lifecycle, starting, table
from stack import profile as profiles
from stack.errors import ProgramError
from stack.profile import Profile
from stack.supervisor import Supervisor


def start(name: str, *, profile: Profile | None = None) -> None:
    """Start a program and await its readiness."""
    profile = profile or profiles.current()
    starting.start(profile, [table.named(profile, name)], say=_quietly)


def stop(name: str, *, profile: Profile | None = None) -> None:
    """Stop a program as its operator would; it stays down until it is started."""
    profile = profile or profiles.current()
    lifecycle.stop(profile, (table.named(profile, name),), say=_quietly)


def restart(name: str, *, profile: Profile | None = None) -> None:
    """Stop a program and start it again."""
    stop(name, profile=profile)
    start(name, profile=profile)


def kill(
    name: str, number: int = signal.SIGKILL, *, profile: Profile | None = None
) -> tuple[int, ...]:
    """Signal a program and its children, and return their process ids.

    Supervisor starts it again when it dies. With SIGKILL this returns when all of them are gone.
    """
    main = psutil.Process(pid(name, profile=profile))
    family = (main, *main.children(recursive=True))
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            os.kill(process.pid, number)
    if number == signal.SIGKILL:
        psutil.wait_procs(family, timeout=10)
    return tuple(process.pid for process in family)


def pid(name: str, *, profile: Profile | None = None) -> int:
    """The process id of a running program."""
    profile = profile or profiles.current()
    process = Supervisor(profile).process(name)
    if not process.pid:
        raise ProgramError(f"{name} is not running: {process.state}")
    return process.pid


def await_ready(name: str, *, profile: Profile | None = None) -> None:
    """Return when a program that was killed does its work again."""
    profile = profile or profiles.current()
    starting.await_return(profile, table.named(profile, name))


def _quietly(text: str) -> None:
    del text
