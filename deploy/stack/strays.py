"""Finds and ends the programs of one copy that outlived their supervisor.

Supervisor gives each program the mark `STACK_STATE=<state directory>`, and children inherit it, so
nothing that was started by anyone else can be taken for ours.
"""

from pathlib import Path

import psutil

from stack import configuration, postgresql
from stack.profile import Profile


def find(profile: Profile) -> list[psutil.Process]:
    """Every process of this copy, its supervisor included."""
    found = {process.pid: process for process in psutil.process_iter() if _marked(profile, process)}
    for path in (_postmaster(profile), profile.state / "supervisord.pid"):
        process = _recorded(profile, path)
        if process is not None:
            found[process.pid] = process
    return list(found.values())


def end(profile: Profile) -> list[int]:
    """Stop them in a friendly way, then not; the process ids of those that were there."""
    found = find(profile)
    postmaster = _recorded(profile, _postmaster(profile))
    for process in found:
        # INT is PostgreSQL's fast shutdown, and only the first process takes it for the server.
        is_database = postmaster is not None and process.pid == postmaster.pid
        _signal(process, psutil.signal.SIGINT if is_database else psutil.signal.SIGTERM)
    _, left = psutil.wait_procs(found, timeout=20)
    for process in left:
        _signal(process, psutil.signal.SIGKILL)
    psutil.wait_procs(left, timeout=10)
    return [process.pid for process in found]


def _postmaster(profile: Profile) -> Path:
    return postgresql.data(profile) / "postmaster.pid"


def _marked(profile: Profile, process: psutil.Process) -> bool:
    try:
        return process.environ().get(configuration.MARK) == str(profile.state)
    except psutil.Error:
        return False


def _recorded(profile: Profile, path: Path) -> psutil.Process | None:
    """The process a pid file names, if the number was not given to another since."""
    try:
        process = psutil.Process(int(path.read_text().split()[0]))
        text = " ".join(process.cmdline())
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if str(profile.state) in text or str(profile.outside) in text else None


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        pass
