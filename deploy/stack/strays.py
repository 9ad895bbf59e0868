"""Finds and ends the programs of one copy that outlived their supervisor.

Supervisor gives each program the mark `STACK_STATE=<state directory>`, and children inherit it, so
nothing that was started by anyone else can be taken for ours.
"""

import contextlib
import signal
from pathlib import Path

import psutil

from stack import configuration, postgresql
from stack.profile import Profile


def find(profile: Profile) -> list[psutil.Process]:
    """Every process of this copy, its supervisor included."""
    found = {process.pid: process for process in psutil.process_iter() if _marked(profile, process)}
    for process in (_postmaster(profile), _supervisor(profile)):
        if process is not None:
            found[process.pid] = process
    return list(found.values())


def end(profile: Profile) -> list[int]:
    """Stop them in a friendly way, then not; the process ids of those that were there."""
    found = find(profile)
    postmaster = _postmaster(profile)
    for process in found:
        # INT is PostgreSQL's fast shutdown, and only the first process takes it for the server.
        is_database = postmaster is not None and process.pid == postmaster.pid
        _signal(process, signal.SIGINT if is_database else signal.SIGTERM)
    _, left = psutil.wait_procs(found, timeout=20)
    for process in left:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(left, timeout=10)
    return [process.pid for process in found]


def _postmaster(profile: Profile) -> psutil.Process | None:
    place = postgresql.data(profile)
    return _recorded(place / "postmaster.pid", argument=str(place))


def _supervisor(profile: Profile) -> psutil.Process | None:
    file = configuration.path(profile)
    return _recorded(profile.state / "supervisord.pid", argument=str(file))


def _marked(profile: Profile, process: psutil.Process) -> bool:
    try:
        return bool(process.environ().get(configuration.MARK) == str(profile.state))
    except psutil.Error:
        return False


def _recorded(path: Path, *, argument: str) -> psutil.Process | None:
    """The process a pid file names, if the number was not given to another since."""
    try:
        process = psutil.Process(int(path.read_text().split()[0]))
        return process if argument in process.cmdline() else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def _signal(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.Error):
        process.send_signal(number)
