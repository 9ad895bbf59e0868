"""People who come when they are due: the journeys of `make load`, with a door that does not wait.

Each journey has so many people. Who is due and finds all of them busy waits, and the visit's time runs
meanwhile: that is what a person feels in front of a system that does not keep up. Nobody who is due
later comes later because of it.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import gevent
from gevent.pool import Group
from gevent.queue import LifoQueue
from locust.env import Environment

from loadtests.compare.notes import Notes, Under
from loadtests.compare.schedule import Dish, Visit
from loadtests.credentials import merchant_of
from loadtests.journeys.browsing import Browser
from loadtests.journeys.buying import Buyer
from loadtests.journeys.person import Person
from loadtests.journeys.selling import Merchant
from loadtests.journeys.shopping import Shopper
from loadtests.journeys.stocking import Stockkeeper
from loadtests.ledger import Ledger
from loadtests.notebook import Notebook
from loadtests.sessions import Session

JOURNEYS: Mapping[str, type[Person]] = {
    journey.__name__: journey for journey in (Browser, Merchant, Buyer, Shopper, Stockkeeper)
}
PATIENCE_S = 35.0
"""After a level everybody may finish: longer than the longest deadline of a request."""
AT_A_TIME = 4
"""So many come in together: who registers makes the shop compute for long."""


def menu() -> tuple[Dish, ...]:
    """Everything that people do, as often as they do it in `make load`."""
    dishes = []
    for name, journey in JOURNEYS.items():
        counts = Counter(str(getattr(task, "__name__", task)) for task in journey.tasks)
        share = journey.weight / sum(counts.values())
        dishes += [
            Dish(journey=name, task=task, weight=share * count) for task, count in counts.items()
        ]
    return tuple(dishes)


class Crowd:
    """Everybody, at one door; what they do is noted by visit."""

    def __init__(self, host: str, *, environment: Mapping[str, str]) -> None:
        Person.host = host
        Merchant.account = Stockkeeper.account = Session(merchant_of(environment))
        self._notes = Notes()
        # What became of writes is the question of `make load`, not ours.
        Person.notebook = Notebook(ledger=Ledger(Path(os.devnull)), samples=self._notes)
        self._environment = Environment(host=host)
        self._idle: dict[str, LifoQueue[Person]] = {name: LifoQueue() for name in JOURNEYS}

    def come_in(self, people: int) -> None:
        """Everybody registers, signs in, and looks around, as far as their journey begins so."""
        total = sum(journey.weight for journey in JOURNEYS.values())
        arrivals = [
            name
            for name, journey in JOURNEYS.items()
            for _ in range(max(round(people * journey.weight / total), 1))
        ]
        together = Group()
        for name in arrivals:
            while len(together) >= AT_A_TIME:
                gevent.sleep(0.01)
            together.spawn(self._enter, name)
        together.join(raise_error=True)

    def level(self, visits: Iterable[Visit], *, number: int, seed: int) -> Notes:
        """Let everybody come at their time; returns what was noted when all have left."""
        random.seed(seed)
        begun, clock = time.monotonic(), time.time()
        out = Group()
        for visit in visits:
            # Also when it is late already: others have a turn.
            gevent.sleep(max(begun + visit.due_s - time.monotonic(), 0))
            under = Under(visit=visit, level=number, clock=clock, begun=begun)
            greenlet: Any = gevent.Greenlet(self._make, under)
            greenlet.visiting = under
            out.start(greenlet)
        out.join(timeout=PATIENCE_S)
        for greenlet in list(out):
            self._notes.cut_off(greenlet.visiting)
        out.kill()
        return self._notes

    def _make(self, under: Under) -> None:
        under.began()
        idle = self._idle[under.visit.journey]
        person = idle.get()
        under.admitted()
        try:
            getattr(person, under.visit.task)()
        except Exception:
            # Not let in, or an answer that nobody understands: a visit that failed.
            self._notes.cut_off(under)
            raise
        finally:
            # Who was cut off in the middle of a request has a connection of which nobody knows what
            # will come next.
            if under.is_open:
                self._notes.done(under)
                idle.put(person)
            else:
                gevent.spawn(self._enter, under.visit.journey)

    def _enter(self, journey: str) -> None:
        person: Person = JOURNEYS[journey](self._environment)
        person.on_start()
        self._idle[journey].put(person)
