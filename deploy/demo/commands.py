"""Runs the project's own commands, as a user would type them, each with its log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.errors import StoryError


@dataclass(frozen=True, slots=True)
class Commands:
    """Everything a command says beside its answer goes to `<folder>/<name>.log`."""

    folder: Path

    def run(self, name: str, *arguments: str) -> str:
        """Run to the end; return what it printed, or say why it failed."""
        log = self.log(name)
        with log.open("ab") as errors:
            done = subprocess.run(
                [sys.executable, "-m", *arguments],
                stdout=subprocess.PIPE,
                stderr=errors,
                check=False,
                env=os.environ,
            )
            complaint = _last_line(log)
            errors.write(done.stdout)
        if done.returncode:
            said = f"`{_shown(arguments)}` ended with {done.returncode}: {complaint}"
            raise StoryError(said, log=log)
        return done.stdout.decode()

    def ask(self, name: str, *arguments: str) -> dict[str, Any]:
        """Run a command that prints one JSON object."""
        answer = self.run(name, *arguments)
        try:
            said = json.loads(answer)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise StoryError(f"`{_shown(arguments)}` did not print JSON", log=self.log(name))
        return said

    def log(self, name: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f"{name}.log"


def _shown(arguments: Sequence[str]) -> str:
    return " ".join(("python", "-m", *arguments))


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else "it said nothing"
