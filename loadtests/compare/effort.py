"""How long processors worked, and how much memory is held, by group of processes.

A process that ended between two looks is not lost: whoever started it has waited for it, and has its
time in its own account.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil

GATEWAY, MONOLITH, BACKGROUND = "gateway", "monolith", "relays, appliers, chores"
POSTGRESQL, RABBITMQ, BANK = "PostgreSQL", "RabbitMQ", "bank"
_SERVERS = {"postgresql": POSTGRESQL, "rabbitmq": RABBITMQ, "epmd": RABBITMQ}
_INSTANCE = re.compile(r"(?P<service>.+)-\d+")
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Of all groups, until now: seconds of processor, and mebibytes held at this moment.

    Memory is each process's own share of what it has in common with others (PSS) where the kernel
    tells it to us, so that workers which share a program are not counted twice. `at_s` is when the
    look at the processors began, of a clock that only goes forward.
    """

    seconds: Mapping[str, float]
    mebibytes: Mapping[str, float]
    busy_s: float
    """Of all cores of the machine, whoever used them; what its host took away as well."""
    at_s: float


def group_of(program: str) -> str:
    """To whom a program belongs: the gateway, a side that answers requests, or what works behind."""
    if program in _SERVERS:
        return _SERVERS[program]
    if program.startswith("gateway"):
        return GATEWAY
    if program in {MONOLITH, BANK}:
        return program
    if instance := _INSTANCE.fullmatch(program):
        return instance["service"]
    return BACKGROUND


def look(pids: Mapping[str, int], *, with_memory: bool = True) -> Effort:
    """Look now at the processes of these programs, and at all that they have started."""
    at_s = time.monotonic()
    seconds: dict[str, float] = {}
    mebibytes: dict[str, float] = {}
    families = [(group_of(program), list(_family(pid))) for program, pid in pids.items()]
    for group, family in families:
        seconds[group] = seconds.get(group, 0.0) + sum(map(_seconds, family))
    busy_s = machine_seconds()
    # Last, because it takes long: the looks at processors would lie less far apart than it seems.
    for group, family in families if with_memory else ():
        mebibytes[group] = mebibytes.get(group, 0.0) + sum(map(_memory, family)) / MEBIBYTE
    return Effort(seconds=seconds, mebibytes=mebibytes, busy_s=busy_s, at_s=at_s)


def own_seconds() -> float:
    """What this process has used itself, for looking."""
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


def machine_seconds() -> float:
    """What all cores have worked until now, whoever used them; what their host took away as well."""
    times = psutil.cpu_times()._asdict()
    # Guests are counted among the users already.
    idle = ("idle", "iowait", "guest", "guest_nice")
    return float(sum(value for name, value in times.items() if name not in idle))


def between(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What was added to each account."""
    return {name: max(value - before.get(name, 0.0), 0.0) for name, value in after.items()}


def cores(before: Effort, after: Effort) -> dict[str, float]:
    """How many each group used from one look to the other."""
    took_s = after.at_s - before.at_s
    return {group: used / took_s for group, used in between(before.seconds, after.seconds).items()}


def _family(pid: int) -> Iterable[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


def _memory(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        try:
            return float(process.memory_full_info().pss)
        except (psutil.AccessDenied, AttributeError):
            return float(process.memory_info().rss)
    return 0.0
