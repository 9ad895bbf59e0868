"""The writes of a domain, awaited where they are to come to: by many requests, with one question at a time."""

import logging
from collections.abc import Callable

import eventlet
import psycopg
from eventlet.event import Event

LOOK_EVERY_S = 0.005

log = logging.getLogger(__name__)


class Arrival:
    """Tells all who wait as soon as `owns` says that the writes are here."""

    def __init__(self, owns: Callable[[], bool]) -> None:
        self._owns = owns
        self._waiting = 0
        self._told: Event | None = None

    def within(self, seconds: float) -> bool:
        """Whether the writes are here before so many seconds are over."""
        if self._told is None:
            self._told = Event()
            eventlet.spawn(self._look, self._told)
        self._waiting += 1
        try:
            return bool(self._told.wait(timeout=seconds))
        finally:
            self._waiting -= 1

    def _look(self, told: Event) -> None:
        is_here = False
        try:
            # Whoever comes meanwhile waits for the same answer; without anybody there is no question.
            while not (is_here := self._owns()):
                eventlet.sleep(LOOK_EVERY_S)
                if not self._waiting:
                    break
        except psycopg.Error as error:
            log.info("cannot see who owns", extra={"reason": repr(error)})
        finally:
            self._told = None
            told.send(is_here)
