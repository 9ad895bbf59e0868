"""Addresses of targets that are given by name: Envoy's endpoints take addresses only."""

import socket
from collections.abc import Callable, Iterable


def resolve(host: str) -> tuple[str, ...]:
    """IPv4 first; nothing when the name is not known (then the target gets no traffic)."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    four = sorted({str(entry[4][0]) for entry in found if entry[0] == socket.AF_INET})
    six = sorted({str(entry[4][0]) for entry in found if entry[0] == socket.AF_INET6})
    return tuple(four or six)


class Addresses:
    """Remembers what names stood for, so that a failing resolver takes no target away."""

    def __init__(self, resolver: Callable[[str], tuple[str, ...]] = resolve) -> None:
        self._resolver = resolver
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, hosts: Iterable[str], *, fresh: bool = False) -> dict[str, tuple[str, ...]]:
        """By host; `fresh` asks again for what is known."""
        for host in hosts:
            if fresh or not self._known.get(host):
                self._known[host] = self._resolver(host) or self._known.get(host, ())
        return {host: self._known[host] for host in hosts}
