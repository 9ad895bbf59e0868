"""The shop in which things are killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chaos.standing import Seams
from chaos.trial import Bench
from demo.commands import Commands
from demo.seams import SEAMS
from demo.shop import fill, open_shop
from stack import environment
from stack import profile as profiles
from strangler import plans as seam_plans
from strangler.plan import Plan

# Small: a verdict reads all of it, once per case.
SIZES = {"products": 1_000, "customers": 100, "orders": 200}


def state() -> Path:
    return profiles.current().state


def plans() -> Mapping[str, Plan]:
    """The plans of all seams, in the order in which they leave; nothing has to run for that."""
    known = environment.variables(profiles.current())
    return {seam: seam_plans.load(seam, environ=known) for seam in SEAMS}


@contextmanager
def opened(
    state: Path, *, users: int, rate: float, keep: bool, say: Callable[[str], None]
) -> Iterator[Bench]:
    """Start the shop, fill it if it is empty, and close it at the end."""
    folder = state / "chaos"
    commands = Commands(folder / "logs")
    with open_shop(commands, keep=keep, say=say):
        fill(commands, SIZES, say=say)
        known = plans()
        seams = Seams(commands, known)
        yield Bench(seams=seams, folder=folder, plans=known, users=users, rate=rate)
