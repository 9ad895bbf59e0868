"""Runs a tree's own commands, as its user would: nothing of it is imported, so it may be another stage."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from loadtests.compare.errors import CompareError

LONGEST_S = 900.0
# Of our own system, or of `make`: they would lead a tree's commands elsewhere.
_OURS = ("MAKE", "MFLAGS", "VIRTUAL_ENV", "KONG_", "STACK_", "DJANGO_", "STATE_DIR", "PORT_BASE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A working tree with a virtual environment of its own."""

    root: Path
    environment: Mapping[str, str]

    @classmethod
    def at(cls, root: Path, *, port_base: str) -> Self:
        """With an environment in which nothing of another system is left, and ports of its own."""
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_OURS) and not name.endswith(("_URL", "_URLS"))
        }
        chosen = {"STACK_PORT_BASE": port_base} if port_base else {}
        return cls(root=root, environment=clean | chosen)

    @property
    def python(self) -> Path:
        return self.root / ".venv/bin/python"

    def knowing(self, more: Mapping[str, str]) -> Self:
        """The same tree, whose commands know where everything is."""
        return replace(self, environment={**self.environment, **more})

    def module(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run `python -m ...` to its end."""
        return self.run(str(self.python), "-m", *arguments, codes=codes)

    def ask(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> Any:
        """Run `python -m ...`, which prints one JSON document."""
        said = self.module(*arguments, codes=codes)
        try:
            return json.loads(said)
        except ValueError:
            shown = " ".join(arguments)
            raise CompareError(f"`python -m {shown}` did not print JSON in {self.root}") from None

    def run(self, *command: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run anything; returns what it printed, or says why it failed."""
        shown = " ".join(command).replace(str(self.python), "python")
        try:
            done = subprocess.run(
                command,
                cwd=self.root,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=LONGEST_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CompareError(f"`{shown}` in {self.root}: {error}") from error
        if done.returncode not in codes:
            said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
            raise CompareError(f"`{shown}` in {self.root} ended with {done.returncode}: {said[-1]}")
        return done.stdout
