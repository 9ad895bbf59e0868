"""The story, in the order in which it happens."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo import crowd as crowds
from demo.commands import Commands
from demo.errors import StoryError
from demo.machine import describe
from demo.outcome import Outcome
from demo.shop import SIZES, fill, open_shop
from demo.steps import Step
from demo.timeline import slices, summarize
from loadtests.files import RunFiles
from loadtests.hearing import judge_run
from loadtests.run import Crowd
from loadtests.samples import read_samples
from loadtests.summary import effort_line
from loadtests.witness import Unreachable

SETTLE_S = 90.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user asked for."""

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
        sizes = {name: getattr(wishes, name) for name in SIZES}
        fill(commands, sizes, say=say)
        crowd = crowds.begin(users=wishes.users, rate=wishes.rate, files=files)
        try:
            began = crowds.until_it_flows(crowd, files, users=wishes.users)
            say(f"{wishes.users} people are in the shop")
            tale = _Tale(wishes=wishes, commands=commands, say=say)
            steps = _happen(tale, crowd, files, began=began)
        finally:
            ended = time.time()
            crowd.stop()
        say("asking the database and the bank what became of every write")
        return _outcome(wishes, files, steps, began=began, ended=ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tale:
    """What is told, and with what."""

    wishes: Wishes
    commands: Commands
    say: Say


def _happen(tale: _Tale, crowd: Crowd, files: RunFiles, *, began: float) -> list[Step]:
    """People shop; the bank goes and comes back, and who was about to pay has not to do it again."""
    wishes, say = tale.wishes, tale.say
    crowds.keep_flowing(crowd, files, seconds=wishes.stay_s)
    steps = [Step(title="people shop", began=began, ended=time.time())]
    say("taking the bank away and bringing it back")
    gone = time.time()
    tale.commands.run("stack", "stack", "restart", "--profile", "dev", "bank")
    steps.append(Step(title="the bank is away", began=gone, ended=time.time()))
    say(f"  {steps[-1].title}: {steps[-1].duration_s:.1f} s")
    crowds.keep_flowing(crowd, files, seconds=wishes.stay_s)
    return steps


def _outcome(
    wishes: Wishes,
    files: RunFiles,
    steps: list[Step],
    *,
    began: float,
    ended: float,
) -> Outcome:
    samples = sorted(read_samples(files.samples), key=lambda sample: sample.at)
    try:
        verdict = judge_run(files.ledger, os.environ, settle_s=SETTLE_S)
    except Unreachable as error:
        raise StoryError(str(error)) from error
    return Outcome(
        command=wishes.command,
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
