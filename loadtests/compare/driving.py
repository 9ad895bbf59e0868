"""Gives the generator its orders, from outside of its process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from loadtests.compare.errors import CompareError
from loadtests.compare.hops import EVERY_S, TIMES

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20


@dataclass(frozen=True, slots=True)
class Generator:
    """One process, to which one order is given at a time."""

    process: subprocess.Popen[str]
    log: Path

    def come_in(self, people: int) -> None:
        self._order("come in", people=people)

    def menu(self) -> list[tuple[str, str]]:
        """Journeys and tasks."""
        return [(journey, task) for journey, task in self._order("menu")["menu"]]

    def level(
        self,
        *,
        number: int,
        rate: float,
        seconds: float,
        seed: int,
        folder: Path | None,
        all_came: Callable[[], object] | None = None,
    ) -> Mapping[str, Any]:
        """Make a level, noted in a folder or nowhere; returns what it cost to make.

        `all_came` is called when nobody is due any more, while the last may still be waiting.
        """
        place = None if folder is None else str(folder)
        self._tell("level", number=number, rate=rate, seconds=seconds, seed=seed, folder=place)
        if all_came is not None:
            time.sleep(seconds)
            all_came()
        return self._told()

    def walk(self, journey: str, task: str) -> Mapping[str, Any]:
        """Let one person do one thing several times; noted nowhere."""
        place = {"journey": journey, "task": task, "times": TIMES, "every_s": EVERY_S}
        return self._order("walk", number=-1, seed=1, folder=None, **place)

    def _order(self, what: str, **wanted: Any) -> dict[str, Any]:
        self._tell(what, **wanted)
        return self._told()

    def _tell(self, what: str, **wanted: Any) -> None:
        assert self.process.stdin is not None  # noqa: S101
        # Who has ended does not answer either, and that is where it is said.
        with suppress(OSError):
            self.process.stdin.write(json.dumps({"do": what, **wanted}) + "\n")
            self.process.stdin.flush()

    def _told(self) -> dict[str, Any]:
        assert self.process.stdout is not None  # noqa: S101
        line = self.process.stdout.readline()
        if not line:
            raise CompareError(f"the generator ended; its log is {self.log}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def generating(host: str, log: Path, *, environment: Mapping[str, str]) -> Iterator[Generator]:
    """A generator in front of a door; always this tree's, whatever is behind the door."""
    with log.open("ab") as errors, _process(host, environment, errors) as process:
        try:
            yield Generator(process, log)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _process(host: str, environment: Mapping[str, str], errors: IO[bytes]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "loadtests.compare.generator", host],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        # Ctrl-C reaches only us: we end it.
        start_new_session=True,
    )
