"""The shop in which things are killed."""

from __future__ import annotations

import fcntl
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chaos import hold
from chaos.moves import HOME
from chaos.soak import Soak, Soaked, files_of
from chaos.standing import Seams
from chaos.trial import Bench
from demo.commands import Commands
from demo.errors import StoryError
from demo.seams import SEAMS
from demo.shop import fill, open_shop
from loadtests.samples import Sample, read_samples
from stack import environment
from stack import profile as profiles
from stack.profile import Kind
from strangler import plans as seam_plans
from strangler.plan import Plan

# Small: a verdict reads all of it, once per case.
SIZES = {"products": 1_000, "customers": 100, "orders": 200}


def folder() -> Path:
    """Where results are kept: beside the shop, and not in it, for it may be reset."""
    return profiles.load(Kind.DEV).state / "chaos"


def plans() -> Mapping[str, Plan]:
    """The plans of all seams, in the order in which they leave; nothing has to run for that."""
    known = environment.variables(profiles.current())
    return {seam: seam_plans.load(seam, environ=known) for seam in SEAMS}


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """Let nobody else kill here: two runs would see each other's harm. Raises StoryError."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoryError(
                "another run of chaos is at work here; wait for it, or end it"
            ) from None
        yield


@contextmanager
def opened(
    kind: Kind, *, users: int, rate: float, keep: bool, say: Callable[[str], None]
) -> Iterator[Bench]:
    """Start the shop, fill it if it is empty, and close it at the end; raises StoryError beside another."""
    commands = Commands(folder() / "logs")
    with alone(folder()), open_shop(commands, profile=kind, keep=keep, say=say):
        fill(commands, SIZES, say=say)
        known = plans()
        seams = Seams(commands, known)
        try:
            yield Bench(seams=seams, folder=folder(), plans=known, users=users, rate=rate)
        finally:
            hold.remove()


def soak(bench: Bench, *, seed: int, seconds: float, say: Callable[[str], None]) -> Soaked:
    """Begin with everything at the monolith; raises StoryError when nobody can be asked."""
    for seam in reversed(SEAMS):
        bench.seams.recover(seam, HOME)
    soak = Soak(
        bench=bench,
        chance=random.Random(seed),  # noqa: S311
        say=say,
        positions=dict.fromkeys(SEAMS, HOME),
    )
    return soak.run(seconds=seconds)


def samples(bench: Bench, *, of: Soaked) -> list[Sample]:
    """What the people of a long run have noted, by its begin."""
    found = read_samples(files_of(bench).samples)
    return sorted((one for one in found if one.at <= of.ended), key=lambda sample: sample.at)
