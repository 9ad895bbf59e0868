"""Asks one program whether it is ready, in its own protocol."""

import socket
from collections.abc import Callable, Mapping
from functools import cache

import httpx
import psycopg

from stack import postgresql
from stack.environment import MANAGEMENT_PORT
from stack.profile import Profile
from stack.table import Program, Readiness

_TIMEOUT_S = 2
_READY = ""
# A program that begins anew knows nothing of a connection that its predecessor had.
_EACH_ITS_OWN = httpx.Limits(max_keepalive_connections=0)

Answer = str
"""Empty when ready, otherwise what is wrong."""


def ask(profile: Profile, program: Program) -> Answer:
    """Empty when the program can do its work."""
    try:
        return _QUESTIONS[program.readiness](profile, program.ports[0])
    except (OSError, psycopg.OperationalError, httpx.HTTPError) as error:
        return str(error).strip().partition("\n")[0] or type(error).__name__


def _database(profile: Profile, port: int) -> Answer:
    superuser = psycopg.connect(
        host=str(postgresql.data(profile)),
        port=port,
        user=postgresql.SUPERUSER,
        dbname="postgres",
        connect_timeout=_TIMEOUT_S,
    )
    superuser.close()
    return _READY


def _broker(profile: Profile, port: int) -> Answer:
    # Tests make their virtual hosts by the management API, so it belongs to being ready.
    _connected(profile.port(MANAGEMENT_PORT)).close()
    with _connected(port) as peer:
        peer.sendall(b"AMQP\x00\x00\x09\x01")
        # A broker that still boots accepts the connection and says nothing.
        return _READY if peer.recv(1) else "closed the connection"


def _port(profile: Profile, port: int) -> Answer:
    del profile
    _connected(port).close()
    return _READY


def _http(profile: Profile, port: int) -> Answer:
    del profile
    answer = _client().get(f"http://127.0.0.1:{port}/readyz")
    return (
        _READY if answer.is_success else f"/readyz answers {answer.status_code} {answer.text:.200}"
    )


def _proxy(profile: Profile, port: int) -> Answer:
    del profile
    _client().get(f"http://127.0.0.1:{port}/readyz")
    return _READY


@cache
def _client() -> httpx.Client:
    # One for all: each that is made reads every authority that there is, 22 ms of a processor.
    return httpx.Client(timeout=_TIMEOUT_S, trust_env=False, limits=_EACH_ITS_OWN)


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S)


_QUESTIONS: Mapping[Readiness, Callable[[Profile, int], Answer]] = {
    Readiness.DATABASE: _database,
    Readiness.BROKER: _broker,
    Readiness.PORT: _port,
    Readiness.HTTP: _http,
    Readiness.PROXY: _proxy,
}
