"""Says whether a port of ours is free, and if not, who has it."""

import contextlib
import socket
from collections.abc import Iterable

import psutil

from stack.errors import PortTakenError


def require_free(program: str, ports: Iterable[int]) -> None:
    """Complain about the first port of the program that somebody else listens on."""
    for port in ports:
        if not is_free(port):
            raise PortTakenError(
                f"{program} needs port {port}, which {holder(port)} has"
                " (STACK_PORT_BASE chooses other ports)"
            )


def is_free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        # A closed connection of an earlier run in TIME_WAIT does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """The process that listens on the port, as far as this user may know."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN
            if listens and connection.laddr and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return "another process"
