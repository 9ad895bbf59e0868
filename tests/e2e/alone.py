"""A system for what cannot be undone: its own servers, databases and ports, and nothing of it stays."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from stack import environment, lifecycle
from stack.profile import Kind, Profile
from tests.conftest import ROOT, System
from tests.free_ports import free_base

# Its logs have to lie in the clone, and the tests' own folder outlives nobody's reset but ours.
STATE = ROOT / ".run" / "test" / "alone"


@contextmanager
def alone() -> Iterator[System]:
    """Yield it ready, filled, every seam at `monolith`."""
    profile = Profile(kind=Kind.TEST, root=ROOT, state=STATE, base=free_base())
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


def _say(text: str) -> None:
    print(text, file=sys.stderr)
