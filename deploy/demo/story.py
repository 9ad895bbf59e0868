"""The story, in the order in which it happens."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
# Within which the broker, back again, has been given all that waited.
FOLLOWS_WITHIN_S = 60.0
LOOK_AGAIN_S = 0.2
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
            before = _stream(commands)["recorded"]
            tale = _Tale(wishes=wishes, commands=commands, say=say)
            steps = _happen(tale, crowd, files, began=began)
        finally:
            ended = time.time()
            crowd.stop()
        say("asking all databases what became of every write")
        facts = _stream(commands)["recorded"] - before
        return _outcome(wishes, files, steps, began=began, ended=ended, facts=facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tale:
    """What is told, and with what."""

    wishes: Wishes
    commands: Commands
    say: Say


def _happen(tale: _Tale, crowd: Crowd, files: RunFiles, *, began: float) -> list[Step]:
    """People shop; the broker goes and comes back; what waited for it follows."""
    wishes, say = tale.wishes, tale.say
    crowds.keep_flowing(crowd, files, seconds=wishes.stay_s)
    steps = [Step(title="people shop", began=began, ended=time.time())]
    say("taking the broker away and bringing it back")
    gone = time.time()
    tale.commands.run("stack", "stack", "restart", "--profile", "dev", "rabbitmq")
    steps.append(Step(title="the broker is away", began=gone, ended=time.time()))
    back = time.time()
    _until_published(tale.commands)
    steps.append(Step(title="its facts follow", began=back, ended=time.time()))
    for step in steps[1:]:
        say(f"  {step.title}: {step.duration_s:.1f} s")
    crowds.keep_flowing(crowd, files, seconds=wishes.stay_s)
    return steps


def _stream(commands: Commands) -> dict[str, Any]:
    """How far the facts of orders are, as an operator is told."""
    return commands.ask("strangler", "strangler", "status", "orders", "--json")


def _until_published(commands: Commands) -> None:
    """Wait until the broker has been given every fact that was written before it was back."""
    wanted, deadline = _stream(commands)["recorded"], time.monotonic() + FOLLOWS_WITHIN_S
    while (now := _stream(commands))["recorded"] - now["unpublished"] < wanted:
        if time.monotonic() > deadline:
            cause = f"{now['unpublished']} facts were not published in {FOLLOWS_WITHIN_S:.0f} s"
            raise StoryError(cause, log=commands.log("strangler"))
        time.sleep(LOOK_AGAIN_S)


def _outcome(
    wishes: Wishes,
    files: RunFiles,
    steps: list[Step],
    *,
    began: float,
    ended: float,
    facts: int,
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
        facts=facts,
        steps=tuple(summarize(steps, samples, end=ended)),
        slices=tuple(slices(sample for sample in samples if began <= sample.at <= ended)),
        verdict=verdict,
    )
