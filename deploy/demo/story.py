"""The story, in the order in which it happens."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo import crowd as crowds
from demo.commands import Commands
from demo.errors import StoryError
from demo.machine import describe
from demo.outcome import Outcome
from demo.seams import SEAMS, begin_at_the_monolith, give
from demo.shop import SIZES, fill, open_shop
from demo.steps import Order, Step, StepJournal, orders_of_all, orders_of_one
from demo.timeline import slices, summarize
from loadtests.files import RunFiles
from loadtests.hearing import judge_run
from loadtests.run import Crowd
from loadtests.samples import read_samples
from loadtests.summary import effort_line
from loadtests.witness import Unreachable

SETTLE_S = 90.0
ALL = "all"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user asked for."""

    seam: str = ALL
    users: int = 24
    rate: float = 80.0
    products: int = 20_000
    customers: int = 2_000
    orders: int = 5_000
    stay_s: float = 8.0
    fresh: bool = False
    keep: bool = False
    command: str = "make demo"


def tell(wishes: Wishes, *, state: Path, say: Say) -> Outcome:
    """Everything from an idle machine to the verdict; what was started is stopped at the end."""
    files = RunFiles(state / "demo")
    commands = Commands(files.folder / "logs")
    with open_shop(commands, fresh=wishes.fresh, keep=wishes.keep, say=say):
        ladders = begin_at_the_monolith(commands, say=say)
        if wishes.seam not in {ALL, *ladders}:
            raise StoryError(
                f"{wishes.seam} is retired; --fresh begins with a monolith that has it"
            )
        sizes = {name: getattr(wishes, name) for name in SIZES}
        fill(commands, sizes, say=say)
        crowd = crowds.begin(users=wishes.users, rate=wishes.rate, files=files)
        try:
            began = crowds.until_it_flows(crowd, files, users=wishes.users)
            say(f"{wishes.users} people are in the shop")
            tale = _Tale(
                wishes=wishes,
                commands=commands,
                orders=_orders(wishes.seam, ladders),
                say=say,
            )
            steps = _move(tale, crowd, files, began=began)
        finally:
            ended = time.time()
            crowd.stop()
        say("asking all databases what became of every write")
        return _outcome(wishes, files, steps, began=began, ended=ended)


def _orders(seam: str, ladders: Mapping[str, Sequence[str]]) -> tuple[Order, ...]:
    if seam != ALL:
        return orders_of_one(seam, ladders[seam])
    # Who asks all others goes back and out again; once it is retired the others have to stay.
    movable = [each for each in SEAMS if each in ladders]
    return orders_of_all(movable, back=SEAMS[-1] in ladders)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tale:
    """What is told, and with what."""

    wishes: Wishes
    commands: Commands
    orders: tuple[Order, ...]
    say: Say


def _move(tale: _Tale, crowd: Crowd, files: RunFiles, *, began: float) -> list[Step]:
    wishes, say = tale.wishes, tale.say
    journal = StepJournal(files.folder / "steps.jsonl")
    crowds.keep_flowing(crowd, files, seconds=wishes.stay_s)
    steps = [Step(source="", target="monolith", began=began, ended=time.time())]
    journal.step(steps[0])
    for order in tale.orders:
        say(f"{order.verb} {order.seam} to {order.to}")
        journal.begin(order, at=time.time())
        ok = False
        try:
            made = give(tale.commands, order)
            ok = True
        finally:
            journal.end(order, at=time.time(), ok=ok)
        for step in made:
            journal.step(step)
            say(f"  {step.title}: {_felt(step)}")
        steps += made
        crowds.keep_flowing(crowd, files, seconds=wishes.stay_s)
    return steps


def _felt(step: Step) -> str:
    pause = "" if step.pause_ms is None else f", writes paused for {step.pause_ms:.0f} ms"
    return f"{step.duration_s:.1f} s{pause}"


def _outcome(
    wishes: Wishes, files: RunFiles, steps: list[Step], *, began: float, ended: float
) -> Outcome:
    samples = sorted(read_samples(files.samples), key=lambda sample: sample.at)
    try:
        verdict = judge_run(files.ledger, os.environ, settle_s=SETTLE_S)
    except Unreachable as error:
        raise StoryError(str(error)) from error
    return Outcome(
        command=wishes.command,
        seam=wishes.seam,
        machine=describe(),
        began=began,
        ended=ended,
        requests=len(samples),
        failures=sum(not sample.ok for sample in samples),
        retries=sum(sample.attempts - 1 for sample in samples),
        effort=effort_line(files),
        steps=tuple(summarize(steps, samples, end=ended)),
        slices=tuple(slices(sample for sample in samples if began <= sample.at <= ended)),
        verdict=verdict,
    )
