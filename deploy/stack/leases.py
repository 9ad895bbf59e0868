"""Lets several test runs share one copy: the last to leave puts it back as the first found it.

A lease is a shared lock on a file, so a run that is killed gives it back without doing anything.
What only some runs use (the whole system, beside its servers) has a lease of its own, and goes with
the last of those.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import IO

from stack import lifecycle
from stack.profile import Profile
from stack.supervisor import Supervisor


class Used(StrEnum):
    """How much of a copy a run uses; whoever uses the system uses its servers as well."""

    SERVERS = "servers"
    SYSTEM = "system"


@contextmanager
def left_as_found(profile: Profile, used: Used = Used.SERVERS) -> Iterator[None]:
    """Stop at the end what did not run at the start, unless somebody else still uses as much."""
    found = profile.state / f"found-{used}.json"
    with lifecycle.locked(profile):
        lease = (profile.state / f"leases-{used}").open("a+")
        if _alone(lease):
            running = [process.name for process in Supervisor(profile).processes() if process.runs]
            found.write_text(json.dumps(running))
        fcntl.flock(lease, fcntl.LOCK_SH)
    try:
        yield
    finally:
        with lifecycle.locked(profile), lease:
            if _alone(lease):
                before = set(json.loads(found.read_text()))
                lifecycle.down_to(profile, before, say=print)


def _alone(lease: IO[str]) -> bool:
    """Whether no other run holds a lease; callers hold the copy's lock, so the answer lasts."""
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
