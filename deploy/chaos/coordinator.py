"""A strangler in a process of its own, as an operator starts it: to be watched, killed, resumed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from demo.errors import StoryError
from demo.steps import Order

KILLED = "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a run ended."""

    code: int
    answer: dict[str, Any]
    complaint: str

    @property
    def ok(self) -> bool:
        return self.code == 0 and bool(self.answer.get("ok"))

    @property
    def words(self) -> str:
        """For a table: one line."""
        if self.code < 0:
            return KILLED
        return "done" if self.ok else f"{self.code}: {self.answer.get('error') or self.complaint}"

    @property
    def pause_ms(self) -> float | None:
        """How long nobody owned the writes, when this run has measured it."""
        found = [step["pause_ms"] for step in self.answer.get("steps", []) if step["pause_ms"]]
        return float(found[-1]) if found else None


class Coordinator:
    """One run on its way."""

    def __init__(self, order: Order) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "strangler", order.verb, order.seam, "--to", order.to, "--json"],
            env=os.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._shown = f"strangler {order.verb} {order.seam} --to {order.to}"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def said(self, *, timeout_s: float) -> Said:
        """Await its end; raises StoryError when it does not come."""
        try:
            out, errors = self._process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as late:
            self._process.kill()
            self._process.communicate()
            raise StoryError(f"`{self._shown}` did not end within {timeout_s:.0f} s") from late
        answer: dict[str, Any] = {}
        with suppress(ValueError):
            answer = json.loads(out)
        lines = errors.strip().splitlines()
        complaint = lines[-1] if lines else "it said nothing"
        return Said(code=self._process.returncode, answer=answer, complaint=complaint)
