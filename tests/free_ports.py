"""Ports for what tests start beside the tests' own copy of the system."""

import fcntl
import os
import tempfile
from pathlib import Path
from typing import IO

from stack import ports
from stack import profile as profiles
from stack.profile import Kind

# Of each kind of program one: gateway, monolith, servers.
OFFSETS = (0, 1, 100, 432, 672, 673, 674, 675)
# Below those that copies of the system have, and below the ephemeral range.
SINGLE = range(11_000, 17_000)
_RESERVED = Path(tempfile.gettempdir()) / f"strangler-tests-ports-{os.getuid()}"
_mine: list[IO[bytes]] = []


def free_base() -> int:
    """Find the first thousand ports that nobody uses, below the ephemeral range."""
    taken = profiles.load(Kind.TEST).base
    bases = (base for base in range(22000, 31001, 1000) if base != taken)
    return next(base for base in bases if all(ports.is_free(base + n) for n in OFFSETS))


def free_port() -> int:
    """One port that is ours until this process ends, whether anybody listens there or not.

    A program binds its port a while after it was told which, and another suite that looks for a port
    meanwhile must not be given the same: whoever comes second would be asked in the other's place.
    """
    _RESERVED.mkdir(mode=0o700, exist_ok=True)
    for port in SINGLE:
        # Locked, and never deleted: who deletes a locked file leaves two who lock files of one name.
        file = (_RESERVED / str(port)).open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        if ports.is_free(port):
            _mine.append(file)
            return port
        file.close()
    raise AssertionError("no port is free")
