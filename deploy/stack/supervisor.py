"""Talks to the supervisor of one copy: starts it, asks it, ends it."""

import http.client
import socket
import subprocess
import sys
import xmlrpc.client
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from stack import configuration, environment, waiting
from stack.causes import cause
from stack.errors import StackError
from stack.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A program as supervisor sees it now."""

    name: str
    state: str
    pid: int
    started: int

    @property
    def runs(self) -> bool:
        """Whether it has a process that is not about to end."""
        return self.state in {"STARTING", "RUNNING"}


# Supervisor's own number for "there is nothing to stop".
_NOT_RUNNING = 70
# Do not wait for the program.
_AT_ONCE = False


class Supervisor:
    """The supervisor of one copy."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._transport = _UnixTransport(profile.socket)
        # The address is only a form: the transport knows the socket.
        self._server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=self._transport)

    def _call(self, method: str, *arguments: object) -> Any:
        try:
            return getattr(self._server.supervisor, method)(*arguments)
        finally:
            self._transport.close()

    def alive(self) -> bool:
        """Whether the daemon answers."""
        try:
            state = self._call("getState")
        except (OSError, http.client.HTTPException):
            return False
        return bool(state["statename"] == "RUNNING")

    def ensure(self) -> None:
        """Start the daemon unless it runs."""
        if self.alive():
            return
        configuration.write(self._profile)
        daemon = (sys.executable, "-m", "supervisor.supervisord")
        started = subprocess.run(
            [*daemon, "-c", str(configuration.path(self._profile))],
            cwd=self._profile.root,
            env=environment.inherited() | environment.variables(self._profile),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if started.returncode or not waiting.until(self.alive, timeout_s=10):
            why, log = cause(started.stdout + started.stderr), self._profile.log("supervisord")
            raise StackError(f"supervisord did not start: {why}; see {log}")

    def processes(self) -> list[Process]:
        """Every program, or nothing while the daemon is down."""
        try:
            answers = cast("list[dict[str, Any]]", self._call("getAllProcessInfo"))
        except (OSError, http.client.HTTPException):
            return []
        return [_process(answer) for answer in answers]

    def process(self, name: str) -> Process:
        """One program; a supervisor that is gone is an error here."""
        try:
            return _process(self._call("getProcessInfo", name))
        except (OSError, http.client.HTTPException) as error:
            log = self._profile.log("supervisord")
            raise StackError(f"supervisord is gone ({error}); see {log}") from error

    def start(self, name: str) -> None:
        """Returns at once; readiness is for the caller to await."""
        try:
            self._call("startProcess", name, _AT_ONCE)
        except xmlrpc.client.Fault as fault:
            raise StackError(f"{name} cannot be started: {fault.faultString}") from fault

    def stop(self, name: str) -> None:
        """Returns at once, and does nothing to a program that is not running."""
        try:
            self._call("stopProcess", name, _AT_ONCE)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != _NOT_RUNNING:
                raise

    def shutdown(self) -> int:
        """Ask the daemon to stop what is left and to end; its process id."""
        pid = int(self._call("getPID"))
        self._call("shutdown")
        return pid


def _process(answer: dict[str, Any]) -> Process:
    return Process(
        name=answer["name"],
        state=answer["statename"],
        pid=answer["pid"],
        started=answer["start"],
    )


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("127.0.0.1", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: tuple[str, dict[str, str]] | str) -> http.client.HTTPConnection:
        connection = _UnixConnection(self._path)
        # Where the base class looks for what close() has to close.
        self._connection = host, connection
        return connection
