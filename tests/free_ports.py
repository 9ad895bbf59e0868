"""Ports for what tests start beside the tests' own copy of the system."""

import fcntl
import os
import tempfile
from pathlib import Path
from typing import IO

from stack import ports

# Below those that copies of the system have, and below the ephemeral range.
SINGLE = range(11_000, 17_000)
_RESERVED = Path(tempfile.gettempdir()) / f"strangler-tests-ports-{os.getuid()}"
_mine: list[IO[bytes]] = []


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
