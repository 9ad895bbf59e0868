"""The load of the story: begun once, looked at between steps, ended once."""

from __future__ import annotations

import os
import time

from demo.errors import StoryError
from loadtests.files import RunFiles
from loadtests.ledger import read_ledger
from loadtests.run import Crowd, Load

FLOWS_WITHIN_S = 60.0
LOOK_AGAIN_S = 0.2


def begin(*, users: int, rate: float, files: RunFiles) -> Crowd:
    load = Load(host=os.environ["KONG_PROXY_URL"], users=users, rate=rate)
    return Crowd(load, files)


def until_it_flows(crowd: Crowd, files: RunFiles, *, users: int) -> float:
    """Wait until writes are acknowledged and everybody had a turn; return when that was."""
    deadline = time.monotonic() + FLOWS_WITHIN_S
    while time.monotonic() < deadline:
        must_run(crowd, files)
        if files.samples.exists() and acknowledged(files) >= users:
            return time.time()
        time.sleep(LOOK_AGAIN_S)
    raise StoryError("the load does not flow: no write is acknowledged", log=files.log)


def acknowledged(files: RunFiles) -> int:
    """How many writes were answered with yes so far."""
    if not files.ledger.exists():
        return 0
    return sum(intent.acknowledged for intent in read_ledger(files.ledger))


def keep_flowing(crowd: Crowd, files: RunFiles, *, seconds: float) -> None:
    """Spend time at a position, so that it is measured."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        must_run(crowd, files)
        time.sleep(LOOK_AGAIN_S)


def must_run(crowd: Crowd, files: RunFiles) -> None:
    if not crowd.running:
        raise StoryError("the load has ended by itself", log=files.log)
