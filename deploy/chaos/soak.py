"""The long run: seams move there and back by chance, things die by chance, people stay in the shop."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from chaos import victims
from chaos.bounds import Judged, judge
from chaos.cases import COORDINATOR, SHARED, own_victims
from chaos.coordinator import Coordinator
from chaos.gauges import Gauges, Reading, read_at_rest
from chaos.harm import SETTLE_S
from chaos.moves import choose, turned
from chaos.standing import ENDS_WITHIN_S, Seams
from chaos.trial import Bench
from demo import crowd as crowds
from demo.errors import StoryError
from demo.steps import Order
from loadtests.files import RunFiles
from loadtests.hearing import judge_run
from loadtests.run import Crowd
from loadtests.verdict import Verdict
from loadtests.witness import Unreachable
from stack import waiting
from stack.errors import StackError

# Every second move is disturbed.
KILLS = 0.5
LATEST_KILL_S = 6.0
MORE_WRITES = 5
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One move, and who died during it."""

    began: float
    ended: float
    order: Order
    origin: str
    said: str
    victim: str = ""
    struck_at: float | None = None
    recovery: tuple[str, ...] = ()
    pause_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What a long run has seen."""

    began: float
    ended: float
    events: tuple[Event, ...]
    readings: tuple[Reading, ...]
    at_rest: Reading
    gauges: tuple[Judged, ...]
    verdict: Verdict
    # Why it ended before its time.
    error: str = ""


@dataclass(slots=True, kw_only=True)
class Soak:
    """A run on its way."""

    bench: Bench
    chance: random.Random
    say: Say
    positions: dict[str, str]

    def run(self, *, seconds: float) -> Soaked:
        """Move and kill until the time is over, then judge; raises StoryError without a verdict."""
        files, error = files_of(self.bench), ""
        crowd = crowds.begin(users=self.bench.users, rate=self.bench.rate, files=files)
        events: list[Event] = []
        with Gauges() as gauges:
            try:
                began = crowds.until_it_flows(crowd, files, users=self.bench.users)
                self._until(began + seconds, crowd, files, events)
            except (StoryError, StackError) as cause:
                # What was seen until then is still to be judged.
                error = str(cause)
            finally:
                ended = time.time()
                crowd.stop()
        try:
            verdict = judge_run(files.ledger, os.environ, settle_s=SETTLE_S)
        except (Unreachable, FileNotFoundError) as cause:
            raise StoryError(error or str(cause)) from cause
        return Soaked(
            began=began,
            ended=ended,
            events=tuple(events),
            readings=tuple(gauges.readings),
            at_rest=read_at_rest(),
            gauges=tuple(judge(gauges.readings)),
            verdict=verdict,
            error=error,
        )

    def _until(self, over_at: float, crowd: Crowd, files: RunFiles, events: list[Event]) -> None:
        tide = "advance"
        while time.time() < over_at:
            tide = turned(tide, self.positions)
            order = choose(self.positions, self.bench.plans, self.chance, tide=tide)
            event = _disturbed(order, self._victim(order.seam), self.bench.seams, self.chance)
            event = replace(event, origin=self.positions[order.seam])
            self.positions[order.seam] = order.to
            events.append(event)
            self.say(line_of(event))
            crowds.write_more(crowd, files, count=MORE_WRITES)

    def _victim(self, seam: str) -> str:
        if self.chance.random() >= KILLS:
            return ""
        return self.chance.choice((*SHARED, *own_victims(seam)))


def line_of(event: Event) -> str:
    """One move for the terminal."""
    order = event.order
    killed = f", {event.victim} killed" if event.struck_at else ""
    typed = f", then {' '.join(event.recovery)}" if event.recovery else ""
    return (
        f"{order.verb} {order.seam} {event.origin} → {order.to}{killed}: {event.said}{typed}; "
        f"{event.ended - event.began:.0f} s"
    )


def _disturbed(order: Order, name: str, seams: Seams, chance: random.Random) -> Event:
    """Give an order, kill somebody at any moment of it, and bring it to its end."""
    began, delay_s = time.time(), chance.uniform(0.5, LATEST_KILL_S)
    run = Coordinator(order)
    seams.forget()
    struck_at = None
    if name and not waiting.until(lambda: run.has_ended, timeout_s=delay_s):
        of_us = name == COORDINATOR
        victim = victims.of_pid(name, run.pid) if of_us else victims.of_program(name)
        struck_at = victim.kill()
        victim.await_death()
        victim.await_return()
    said = run.said(timeout_s=ENDS_WITHIN_S)
    if said.ok:
        seams.moved(order.seam, order.to)
    recovery = seams.recover(order.seam, order.to)
    pauses = [one.pause_ms for one in (said, *(run.said for run in recovery)) if one.pause_ms]
    return Event(
        began=began,
        ended=time.time(),
        order=order,
        origin="",
        said=said.words,
        victim=name if struck_at else "",
        struck_at=struck_at,
        recovery=tuple(run.verb for run in recovery),
        pause_ms=pauses[-1] if pauses else None,
    )


def files_of(bench: Bench) -> RunFiles:
    """Where its load keeps what it notes."""
    return RunFiles(bench.folder / "soak")
