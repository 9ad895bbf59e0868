"""Run services until SIGTERM, then leave in order: not ready, drained, finished, gone."""

import logging
import os
import signal
import sys
from types import FrameType
from typing import Any

import eventlet
from nameko.runners import ServiceRunner

from extracted.chassis.config import Settings
from extracted.chassis.consumer import QueueConsumer
from extracted.chassis.logging import configure
from extracted.chassis.web_server import WebServer
from handover import tracing

POLL_S = 0.1
CRASHED = 1
OVERDUE = 70

log = logging.getLogger(__name__)


def run(service: type[Any], settings: Settings) -> None:
    """Serve until told to stop; never returns, because greenlets of others could hold the exit."""
    configure(service=settings.service, level=settings.log_level)
    tracing.begin(settings.service)
    runner = ServiceRunner(settings.to_nameko())
    runner.add_service(service)
    asked: list[int] = []
    _listen_to_signals(asked)
    try:
        # Before the start, which waits for the broker while requests are served already.
        eventlet.spawn(_leave_when_asked, runner, settings, asked)
        runner.start()
        if not asked:
            log.info("started", extra={"port": settings.port})
        runner.wait()
    except Exception:
        log.exception("crashed")
        _exit(CRASHED)
    _exit(0)


def _listen_to_signals(asked: list[int]) -> None:
    def note(number: int, _: FrameType | None) -> None:
        asked.append(number)

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)


def _leave_when_asked(runner: ServiceRunner, settings: Settings, asked: list[int]) -> None:
    # A signal does not wake the hub of an idle process (PEP 475): look for it.
    while not asked:
        eventlet.sleep(POLL_S)
    log.info("leaving", extra={"drain_s": settings.drain_s, "grace_s": settings.grace_s})
    eventlet.spawn_after(settings.drain_s + settings.grace_s, _give_up)
    for server in _extensions(runner, WebServer):
        server.announce_drain()
    eventlet.sleep(settings.drain_s)
    # What has not begun cannot be stopped, and would begin afterwards.
    while not all(found.has_begun for found in _extensions(runner, WebServer, QueueConsumer)):
        eventlet.sleep(POLL_S)
    runner.stop()


def _extensions(runner: ServiceRunner, *kinds: type[Any]) -> list[Any]:
    return [
        extension
        for container in runner.containers
        for extension in container.extensions
        if isinstance(extension, kinds)
    ]


def _give_up() -> None:
    log.error("work has not finished within the grace period")
    _exit(OVERDUE)


def _exit(code: int) -> None:
    tracing.end()
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)
