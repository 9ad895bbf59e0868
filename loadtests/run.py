"""Starts Locust as its users would, waits for it, and ends it so that nothing is left unnoted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from loadtests.books import note_openings
from loadtests.files import RunFiles
from loadtests.witness import Databases, Unreachable

LOCUSTFILE = Path(__file__).with_name("locustfile.py")

# Longer than a write's deadline is not needed: what is cut off is noted as such.
PATIENCE_S = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much of it, for how long, and where."""

    host: str
    users: int = 24
    rate: float | None = None
    spawn_rate: float = 8
    duration_s: float | None = None
    shape: str | None = None
    tags: tuple[str, ...] = ()

    def command(self) -> list[str]:
        # `-E`-less on purpose: the child must see the environment of its parent.
        line = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless"]
        line += ["--host", self.host, "--stop-timeout", str(PATIENCE_S)]
        line += ["--only-summary", "--exit-code-on-error", "0"]
        if self.shape is None:
            line += ["--users", str(self.users), "--spawn-rate", str(self.spawn_rate)]
        if self.duration_s is not None:
            line += ["--run-time", f"{self.duration_s:g}s"]
        if self.rate is not None:
            line += ["--rate", str(self.rate)]
        if self.tags:
            line += ["--tags", *self.tags]
        return line

    def environment(self, files: RunFiles, *, base: Mapping[str, str]) -> dict[str, str]:
        wanted = {
            **base,
            "LOADTESTS_FOLDER": str(files.folder),
            "LOADTESTS_PARENT": str(os.getpid()),
            "KONG_PROXY_URL": self.host,
        }
        wanted.pop("LOADTESTS_SHAPE", None)
        return wanted | ({"LOADTESTS_SHAPE": self.shape} if self.shape else {})


class Crowd:
    """A running Locust. It has a session of its own, so that Ctrl-C reaches only us: we end it."""

    def __init__(
        self, load: Load, files: RunFiles, *, environment: Mapping[str, str] | None = None
    ) -> None:
        files.clear()
        # Without databases to ask there will be no verdict either, which says so.
        with suppress(Unreachable):
            databases = Databases.of_environment(environment or os.environ)
            note_openings(databases, files.openings)
        with files.log.open("wb") as log, _kept_until_heard():
            self._process = subprocess.Popen(
                load.command(),
                env=load.environment(files, base=environment or os.environ),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> int:
        return self._process.wait()

    def stop(self) -> int:
        """People finish what they are doing; what they cannot finish is noted as cut off."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=PATIENCE_S + 10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


@contextmanager
def _kept_until_heard() -> Iterator[None]:
    """Who is started in here gets SIGTERM when it says that it listens: the locustfile does.

    Before that it would be killed by it, with a ledger that nobody has closed.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_to_its_end(load: Load, files: RunFiles) -> int:
    """Run until the load is over, or until we are asked to stop (SIGINT, SIGTERM)."""
    crowd = Crowd(load, files)

    def stop(*_: object) -> None:
        os.kill(crowd.pid, signal.SIGTERM)

    handlers: Mapping[signal.Signals, object] = {
        number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        return crowd.wait()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
