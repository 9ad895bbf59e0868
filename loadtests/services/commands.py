"""Runs this project's own commands, as a user would type them: nothing of it is imported here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from loadtests.services.errors import BenchError

LONGEST_S = 900.0


def run(
    *arguments: str, more: Mapping[str, str] | None = None, codes: tuple[int, ...] = (0,)
) -> str:
    """Run `python -m ...` to its end; returns what it printed, or says why it failed."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(more or {})},
        timeout=LONGEST_S,
    )
    if done.returncode not in codes:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise BenchError(f"`python -m {' '.join(arguments)}` ended with {done.returncode}: {said}")
    return done.stdout


def ask(
    *arguments: str, more: Mapping[str, str] | None = None, codes: tuple[int, ...] = (0,)
) -> Any:
    """Run a command that prints one JSON document."""
    said = run(*arguments, more=more, codes=codes)
    try:
        return json.loads(said)
    except ValueError:
        raise BenchError(f"`python -m {' '.join(arguments)}` did not print JSON") from None
