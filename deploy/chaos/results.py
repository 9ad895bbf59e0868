"""What was observed, a JSON line per case: a run that was cut off goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from chaos.cases import Case

MISSED = "missed"
CLEAN = "clean"
HARM = "harm"
STUCK = "stuck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One case as it went."""

    case: Case
    verdict: str
    at: float
    seconds: float
    tries: int
    said: str
    # When the kill came, counted from the intent of the step; held at its end, if so.
    after_ms: float | None = None
    is_held: bool = False
    # What the operator had to type until the seam stood at the goal.
    recovery: tuple[str, ...] = ()
    pause_ms: float | None = None
    longest_write_ms: float | None = None
    requests: int = 0
    failed: int = 0
    acknowledged: int = 0
    wrongs: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    load_average: float = 0.0

    @property
    def is_clean(self) -> bool:
        return self.verdict == CLEAN

    @property
    def is_known(self) -> bool:
        """Whether it says something: a kill that missed its step, or a shop that broke off, do not."""
        return self.verdict in {CLEAN, HARM}

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self:
        tuples = {name: tuple(line[name]) for name in ("recovery", "findings")}
        return cls(**{**line, **tuples, "case": Case(**line["case"])})


class Results:
    """The file of results; of a case that was run again the last line counts."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path

    def add(self, observed: Observed) -> None:
        with self._path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(observed)) + "\n")

    def read(self) -> dict[str, Observed]:
        """By the case's name."""
        if not self._path.exists():
            return {}
        lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
        # A run that was killed may have left half a line.
        found = [Observed.of(json.loads(line)) for line in lines if line.endswith("\n")]
        return {observed.case.name: observed for observed in found}
