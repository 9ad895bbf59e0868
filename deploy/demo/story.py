"""The story, in the order in which it happens."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo import crowd as crowds
from demo.commands import Commands
from demo.errors import StoryError
from demo.outcome import Outcome
from demo.shop import SIZES, fill, open_shop
from loadtests.files import RunFiles
from loadtests.hearing import judge_run
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
    stay_s: float = 60.0
    fresh: bool = False
    keep: bool = False


def tell(wishes: Wishes, *, state: Path, say: Say) -> Outcome:
    """Everything from an idle machine to the verdict; what was started is stopped at the end."""
    files = RunFiles(state / "demo")
    commands = Commands(files.folder / "logs")
    with open_shop(commands, fresh=wishes.fresh, keep=wishes.keep, say=say):
        fill(commands, {name: getattr(wishes, name) for name in SIZES}, say=say)
        crowd = crowds.begin(users=wishes.users, rate=wishes.rate, files=files)
        try:
            crowds.until_it_flows(crowd, files, users=wishes.users)
            say(f"{wishes.users} people are in the shop, for {wishes.stay_s:.0f} s")
            crowds.keep_flowing(crowd, files, seconds=wishes.stay_s)
        finally:
            crowd.stop()
        say("asking the services what became of every write")
        return _outcome(files)


def _outcome(files: RunFiles) -> Outcome:
    try:
        verdict = judge_run(files.ledger, os.environ, settle_s=SETTLE_S)
    except Unreachable as error:
        raise StoryError(str(error)) from error
    return Outcome(
        samples=tuple(read_samples(files.samples)), effort=effort_line(files), verdict=verdict
    )
