"""What must not grow: memory, connections, queues and outboxes, read again and again."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg

from chaos import management
from stack import profile as profiles
from stack import roles
from stack.errors import StackError
from stack.services import sides
from stack.supervisor import Supervisor

READ_EVERY_S = 5.0
REST_S = 30.0
MEMORY, CONNECTIONS, BROKER, QUEUES, OUTBOXES = (
    "memory, MiB",
    "connections by role",
    "connections to the broker",
    "messages in the broker",
    "facts not published",
)
POSTGRESQL, RABBITMQ = "postgresql", "rabbitmq"
USED = ", used"
_MIB = 2**20
_BY_ROLE = """
SELECT usename::text, count(*) FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY 1
"""
_UNPUBLISHED = "SELECT count(*) FROM handover.outbox WHERE published_at IS NULL"

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All gauges at one instant: kind -> name -> value; and which process each program is."""

    at: float
    values: Mapping[str, Values]
    pids: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_at_rest(self) -> bool:
        return all(
            kind in self.values and not any(self.values[kind].values())
            for kind in (QUEUES, OUTBOXES)
        )


class Gauges:
    """Reads in a thread of its own until it is closed; what is dead at the moment is left out."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Gauges:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(READ_EVERY_S):
            self.readings.append(read())


def read() -> Reading:
    """Look once."""
    kinds = {
        MEMORY: _memory,
        CONNECTIONS: _connections,
        BROKER: _broker,
        QUEUES: _queues,
        OUTBOXES: _outboxes,
    }
    values: dict[str, Values] = {}
    pids: dict[str, int] = {}
    at = time.time()
    with suppress(StackError, OSError):
        pids = {name: main for name, (main, *_) in _programs().items()}
    for kind, look in kinds.items():
        with suppress(psycopg.Error, httpx.HTTPError, StackError, OSError):
            values[kind] = look()
    return Reading(at=at, values=values, pids=pids)


def read_at_rest(look: Callable[[], Reading] = read) -> Reading:
    """Look until nothing waits in a queue or an outbox, for half a minute.

    RabbitMQ counts every five seconds: what it says may have been handled since.
    """
    ends_at = time.monotonic() + REST_S
    reading = look()
    while not reading.is_at_rest and time.monotonic() < ends_at:
        time.sleep(1)
        reading = look()
    return reading


def _memory() -> Values:
    """What processes share (gunicorn's code) counts once; PostgreSQL's buffers do not count.

    Their size is fixed, and they become its memory as they are filled. Of RabbitMQ also what it says
    that it uses, which tells a leak from what its allocators keep.
    """
    found = {}
    for process, pids in _programs().items():
        of_one = attrgetter("uss" if process == POSTGRESQL else "pss")
        found[process] = sum(map(of_one, _sizes(pids))) / _MIB
    with suppress(httpx.HTTPError):
        found[f"{RABBITMQ}{USED}"] = management.used_bytes() / _MIB
    return found


def _programs() -> dict[str, list[int]]:
    """The processes of each program that runs."""
    found = {}
    for program in Supervisor(profiles.current()).processes():
        if program.pid:
            with suppress(psutil.Error):
                main = psutil.Process(program.pid)
                found[program.name] = [main.pid, *(c.pid for c in main.children(recursive=True))]
    return found


def _sizes(pids: Iterable[int]) -> Iterator[Any]:
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            yield psutil.Process(pid).memory_full_info()


def _connections() -> Values:
    with roles.superuser(profiles.current()) as connection:
        return {role or "none": float(n) for role, n in connection.execute(_BY_ROLE)}


def _broker() -> Values:
    """Connections of each program, and what they carry beyond a channel and a consumer each."""
    port = urlsplit(os.environ["AMQP_URL"]).port
    open_by = Counter(
        one.pid
        for one in psutil.net_connections("tcp")
        if one.raddr and one.raddr.port == port and one.status == psutil.CONN_ESTABLISHED
    )
    found = {
        name: float(sum(open_by[pid] for pid in pids))
        for name, pids in _programs().items()
        if any(pid in open_by for pid in pids)
    }
    totals = management.ask("/api/overview")["object_totals"]
    for what in ("channels", "consumers"):
        found[f"{what} beyond one each"] = float(totals[what] - totals["connections"])
    return found


def _queues() -> Values:
    return {"all queues": waiting_in(management.ask("/api/queues?columns=name,messages,consumers"))}


def waiting_in(queues: Iterable[Mapping[str, Any]]) -> float:
    """How many messages wait for somebody. Who awaited a reply and died left a queue that nobody
    reads; the broker deletes it with what is in it, after half a minute.
    """
    return sum(
        float(queue.get("messages", 0))
        for queue in queues
        if queue.get("consumers") or not queue["name"].startswith("rpc.reply-")
    )


def _outboxes() -> Values:
    found = {}
    for side in sides():
        url = os.environ[f"AUDITOR_{side.upper()}_DATABASE_URL"]
        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute(_UNPUBLISHED).fetchone()
            found[side] = float(row[0]) if row else 0.0
    return found
