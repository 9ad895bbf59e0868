"""What a cron would do for us, in one process: commands of manage.py, each at its own pace.

Every chore may run any number of times and anywhere at once, so nothing breaks when two of these
processes run, or somebody types a command by hand.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.core.management import call_command
from django.db import connection

log = logging.getLogger(__name__)


def run_command(name: str, stopped: threading.Event) -> None:
    """Run a periodic command of manage.py, without its words."""
    call_command(name, stdout=_Silence(), stopped=stopped)


@dataclass(kw_only=True)
class Chores:
    """Runs what is due; remembers which chores fail."""

    paces_s: Mapping[str, float]
    run: Callable[[str, threading.Event], None] = run_command
    clock: Callable[[], float] = time.monotonic
    # Set it, and what is at work ends after the piece that was begun; no other chore begins.
    stopped: threading.Event = field(default_factory=threading.Event)
    _due: dict[str, float] = field(default_factory=dict)
    _failing: dict[str, str] = field(default_factory=dict)

    def do_what_is_due(self) -> None:
        """Run each chore whose time has come; one that fails holds up no other."""
        for name, pace_s in self.paces_s.items():
            if self.stopped.is_set():
                return
            if self._due.get(name, float("-inf")) > self.clock():
                continue
            self._do(name)
            self._due[name] = self.clock() + pace_s

    def trouble(self) -> str | None:
        """Say which chores failed when they ran last."""
        return "; ".join(f"{name}: {why}" for name, why in self._failing.items()) or None

    def _do(self, name: str) -> None:
        try:
            self.run(name, self.stopped)
            self._failing.pop(name, None)
        except Exception as error:
            # The next turn may do better, and whoever asks for readiness hears of it.
            log.exception("a chore failed", extra={"chore": name})
            self._failing[name] = repr(error)
            if not connection.in_atomic_block:
                connection.close()


class _Silence:
    """Takes what commands print: once a second, that would be all the log says."""

    def write(self, text: str) -> None:
        """Forget it."""
