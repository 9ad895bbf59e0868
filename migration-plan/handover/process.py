"""What relays share as processes: settings, a stop signal, never giving up."""

import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

import amqp
import psycopg
from psycopg.rows import DictRow, dict_row

from handover.backoff import delays
from handover.keepalive import NOTICE_THE_DEAD
from handover.stop import Stop

log = logging.getLogger(__name__)
SOCKET_TIMEOUT_S = 5.0
# What works for so long has not failed at its first step.
WORKED_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a relay reaches its database and the broker, and is watched."""

    side: Literal["monolith", "service"]
    database_url: str
    amqp_url: str
    probe_host: str = "127.0.0.1"
    probe_port: int | None = None
    # How long published facts are kept, so that a lost queue can be filled again.
    retention_s: float = 3600.0


@dataclass(slots=True)
class Standing:
    """What the probe tells: whether the last round went well, and why not."""

    trouble: str | None = "starting"
    stop: Stop = field(default_factory=Stop)


def connect_database(url: str, *, name: str) -> psycopg.Connection[DictRow]:
    """Open an autocommit connection; a statement that hangs is an error, not a hang."""
    return psycopg.connect(
        url,
        autocommit=True,
        row_factory=dict_row,
        connect_timeout=5,
        application_name=name,
        options=f"-c statement_timeout=30000 -c TimeZone=UTC {NOTICE_THE_DEAD}",
        tcp_user_timeout=10_000,
    )


def connect_broker(url: str, *, timeout_s: float = SOCKET_TIMEOUT_S) -> amqp.Connection:
    """Open an AMQP connection whose reads and writes are bounded (a broker in alarm stops reading)."""
    parts = urlsplit(url)
    connection = amqp.Connection(
        host=f"{parts.hostname}:{parts.port or 5672}",
        userid=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        virtual_host=unquote(parts.path[1:]) or "/",
        heartbeat=20,
        connect_timeout=timeout_s,
        read_timeout=timeout_s,
        write_timeout=timeout_s,
    )
    connection.connect()
    return connection


def stop_on_signals(standing: Standing) -> None:
    """Let SIGTERM and SIGINT end the current round; a second one ends the process at once."""

    def request_stop(number: int, _: object) -> None:
        standing.stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, request_stop)


def keep_going(name: str, session: Callable[[Standing], None], standing: Standing) -> None:
    """Run sessions until told to stop; a failed one is logged and followed by another, later.

    A session returns when it was told to stop, and raises when a connection or a step failed. One
    that had worked (cleared `trouble`) for a second starts the back-off anew: what fails at its first
    step after that would be tried many times a second.
    """
    waits = delays()
    while not standing.stop.is_set():
        began = time.monotonic()
        try:
            session(standing)
        except Exception as error:
            if standing.trouble is None and time.monotonic() - began > WORKED_S:
                waits = delays()
            standing.trouble = f"{type(error).__name__}: {error}".splitlines()[0][:300]
            log.exception("session failed", extra={"program": name})
            standing.stop.wait(next(waits))
