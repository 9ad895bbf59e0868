"""What the gateway's log tells of one window: both sides' requests, from the same seconds.

The entries are those of Kong's plugin file-log. Its Prometheus metrics know service and route, and
not which target of an upstream answered; only the log has that, in `tries`.
"""

import ipaddress
import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, Field, ValidationError

from strangler.analysis import Sample
from strangler.errors import FailedError, UnreachableError
from strangler.facts import Side
from strangler.plan import Targets

# Entries stand in the order in which requests ended, give or take what gateways keep in buffers.
DISORDER_MS = 2000
_BLOCK = 2**16
# What nginx and Envoy write down when the client did not wait for the answer.
_NO_ANSWER = {0, 499}

Address = tuple[str, int]


class _Try(BaseModel):
    # Kong writes the tries of a request that reached no target as nothing at all.
    ip: str | None = None
    port: int | None = None


class _Response(BaseModel):
    status: int


class _Named(BaseModel):
    name: str | None = None


class _Latencies(BaseModel):
    request: float = 0
    proxy: float | None = None


class _Entry(BaseModel):
    started_at: float
    service: _Named | None = None
    response: _Response
    tries: list[_Try] = Field(default_factory=list)
    latencies: _Latencies


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One try of one request: who was asked, and what came of it."""

    address: Address
    failed: bool
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Some seconds, as instants of the gateway's clock in Unix time."""

    since_s: float
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Who is at an address. `service` None: whoever is not the monolith, for instances come and go."""

    monolith: frozenset[Address]
    service: frozenset[Address] | None = None

    def at(self, address: Address) -> Side | None:
        """The side; None for a stranger."""
        if address in self.monolith:
            return "monolith"
        return "service" if self.service is None or address in self.service else None


def sides_of(targets: Targets) -> Sides:
    """Find the side by an address; raises UnreachableError for a name that nobody knows."""
    service = [address for target in targets.service for address in _resolved(target)]
    return Sides(
        monolith=frozenset(_resolved(targets.monolith)),
        service=frozenset(service) if targets.service else None,
    )


def samples(log: Path, *, service: str, window: Window, sides: Sides) -> dict[Side, Sample]:
    """Sum up, by side, the requests that began in the window; raises FailedError without a log."""
    answers: dict[Side, list[Answer]] = {"monolith": [], "service": []}
    for answer in read_answers(log, service=service, window=window):
        if side := sides.at(answer.address):
            answers[side].append(answer)
    return {side: _sample(found) for side, found in answers.items()}


def read_answers(log: Path, *, service: str, window: Window) -> Iterator[Answer]:
    """Read the log backwards from its end, so that its length does not matter."""
    since_ms, until_ms = window.since_s * 1000, window.until_s * 1000
    try:
        file = log.open("rb")
    except OSError as error:
        raise FailedError(
            f"the gateway's log {log} cannot be read ({error.strerror}); send one request through "
            f"the gateway, or see whether it has the plugin file-log: python -m kong_admin diff"
        ) from error
    with file:
        for line in _lines_backwards(file):
            entry = _entry(line)
            if entry is None:
                continue
            if entry.started_at + entry.latencies.request < since_ms - DISORDER_MS:
                return
            is_ours = entry.service is not None and entry.service.name == service
            if is_ours and since_ms <= entry.started_at < until_ms:
                yield from _answers(entry)


def _answers(entry: _Entry) -> Iterator[Answer]:
    tries = [(one.ip, one.port) for one in entry.tries]
    addresses = [_address(ip, port) for ip, port in tries if ip and port]
    # Somebody else answered in the end, but these were asked and did not.
    for address in addresses[:-1]:
        yield Answer(address=address, failed=True)
    for address in addresses[-1:]:
        status = entry.response.status
        failed = status >= 500 or status in _NO_ANSWER
        latency_ms = entry.latencies.proxy
        # Kong writes -1 where there was no such time.
        is_known = not failed and latency_ms is not None and latency_ms >= 0
        yield Answer(address=address, failed=failed, latency_ms=latency_ms if is_known else None)


def _sample(answers: Iterable[Answer]) -> Sample:
    found = list(answers)
    return Sample(
        requests=len(found),
        failures=sum(answer.failed for answer in found),
        latencies_ms=tuple(a.latency_ms for a in found if a.latency_ms is not None),
    )


def _entry(line: bytes) -> _Entry | None:
    try:
        return _Entry.model_validate_json(line)
    except ValidationError:
        # The file was emptied or copied in the middle of a line, or is still being written.
        return None


def _lines_backwards(file: BinaryIO) -> Iterator[bytes]:
    position, rest = file.seek(0, os.SEEK_END), b""
    while position:
        start = max(0, position - _BLOCK)
        file.seek(start)
        rest, *lines = (file.read(position - start) + rest).split(b"\n")
        yield from reversed(lines)
        position = start
    yield rest


def _resolved(target: str) -> list[Address]:
    host, _, port = target.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise UnreachableError(f"the target {target} has no address ({error.strerror})") from error
    return [_address(str(address[0]), int(address[1])) for *_, address in found]


def _address(ip: str, port: int) -> Address:
    # Kong writes IPv6 expanded, resolvers write it short.
    return str(ipaddress.ip_address(ip.strip("[]"))), port
