"""A system for what cannot be undone: its own servers, databases and ports, and nothing of it stays."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from stack import environment, lifecycle, ports
from stack import profile as profiles
from stack.profile import Kind, Profile
from tests.conftest import ROOT, System

# Its logs have to lie in the clone, and the tests' own folder outlives nobody's reset but ours.
STATE = ROOT / ".run" / "test" / "alone"


@contextmanager
def alone() -> Iterator[System]:
    """Yield it ready, filled, every seam at `monolith`."""
    profile = Profile(kind=Kind.TEST, root=ROOT, state=STATE, base=_base())
    with lifecycle.locked(profile):
        # What a run that was killed has left.
        lifecycle.reset(profile, say=_say)
    with lifecycle.locked(profile):
        try:
            lifecycle.up(profile, say=_say)
            system = System(environment.variables(profile))
            system.fill()
            yield system
        finally:
            lifecycle.reset(profile, say=_say)
    shutil.rmtree(STATE)


def _base() -> int:
    """Find a thousand ports beside those of the tests' own system."""
    taken = profiles.load(Kind.TEST).base
    bases = (base for base in range(22000, 31001, 1000) if base != taken)
    return next(base for base in bases if _is_free(base))


def _is_free(base: int) -> bool:
    return all(ports.is_free(base + offset) for offset in (0, 1, 100, 432, 672, 673, 674, 675))


def _say(text: str) -> None:
    print(text, file=sys.stderr)
