"""What a service does from time to time: a plain process, without eventlet, that any number may run."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from extracted.chassis.config import read_settings
from extracted.chassis.database import Database
from extracted.chassis.logging import configure
from handover.probe import serve_probe
from handover.process import Standing, stop_on_signals

TICK_S = 0.2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Something to do again and again; it must bear to be done twice, and anywhere at once."""

    name: str
    every_s: float
    do: Callable[[Database], None]


def run(environ: Mapping[str, str], *, service: str, chores: Sequence[Chore]) -> None:
    """Do what is due until told to stop by SIGTERM or SIGINT."""
    settings = read_settings(environ, service=service)
    configure(service=f"{service}-chores", level=settings.log_level)
    standing = Standing()
    stop_on_signals(standing)
    serve_probe(host=settings.listen_host, port=settings.port, trouble=lambda: standing.trouble)
    database = Database(settings)
    database.open()
    try:
        work(database, chores, standing)
    finally:
        database.close()


def work(
    database: Database,
    chores: Sequence[Chore],
    standing: Standing,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Do each chore when its time has come; one that fails holds up no other."""
    due = {chore.name: float("-inf") for chore in chores}
    failing: dict[str, str] = {}
    while not standing.stop.is_set():
        for chore in chores:
            if due[chore.name] <= clock():
                _do(chore, database, failing)
                due[chore.name] = clock() + chore.every_s
        standing.trouble = "; ".join(f"{n}: {why}" for n, why in failing.items()) or None
        standing.stop.wait(TICK_S)


def _do(chore: Chore, database: Database, failing: dict[str, str]) -> None:
    try:
        chore.do(database)
    except Exception as error:
        # The next turn may do better, and whoever asks for readiness hears of it.
        log.exception("a chore failed", extra={"chore": chore.name})
        failing[chore.name] = repr(error)
    else:
        failing.pop(chore.name, None)
