"""A request to stop that a signal handler may make at any moment."""

import os
import select
from contextlib import suppress


class Stop:
    """Like threading.Event, but safe to set from a signal handler.

    A handler runs on the main thread, between two steps of whatever that does; inside Event.wait it
    would wait for a lock that its own thread holds. A pipe has no lock of ours.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)

    def set(self) -> None:
        """Ask to stop; nothing takes it back."""
        # A full pipe has been told often enough.
        with suppress(BlockingIOError):
            os.write(self._write, b"x")

    def is_set(self) -> bool:
        """Whether anybody asked."""
        return self.wait(0)

    def wait(self, timeout_s: float) -> bool:
        """Sleep until asked to stop, so long at most; True when asked."""
        return bool(select.select([self._read], [], [], timeout_s)[0])
