"""What a comparison has found, as files: whatever a report says can be made from them again.

`plan.json` says what was wanted, `subjects.json` what stood there, `runs.jsonl` has a line per run with
its meters, and each run's folder has every visit and every request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from loadtests.compare.errors import CompareError
from loadtests.compare.hops import Hops
from loadtests.compare.measuring import Run
from loadtests.compare.plan import Plan
from loadtests.compare.thresholds import Thresholds

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """What stood there: its settings, what was counted, and where its time went."""

    commit: str
    settings: Mapping[str, str]
    processes: int
    hops: tuple[Hops, ...] = ()
    profile: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is known before anything is measured."""

    command: str
    began_at: str
    machine: Mapping[str, str]
    sizes: Mapping[str, int]
    plan: Plan
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Results:
    """A folder of results."""

    folder: Path

    def begin(self, header: Header) -> None:
        self.folder.mkdir(parents=True)
        self._write("plan.json", asdict(header))

    def stood(self, known: Mapping[str, Stood]) -> None:
        """By role."""
        self._write("subjects.json", {role: asdict(stood) for role, stood in known.items()})

    def ran(self, run: Run) -> None:
        with (self.folder / "runs.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(run)) + "\n")

    def header(self) -> Header:
        return self._read("plan.json", Header)

    def subjects(self) -> dict[str, Stood]:
        return self._read("subjects.json", dict[str, Stood])

    def runs(self) -> list[Run]:
        path = self.folder / "runs.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [TypeAdapter(Run).validate_json(line) for line in lines]

    def _write(self, name: str, document: object) -> None:
        text = json.dumps(document, indent=2, ensure_ascii=False)
        (self.folder / name).write_text(text + "\n", encoding="utf-8")

    def _read(self, name: str, kind: type[Kind]) -> Kind:
        try:
            return TypeAdapter(kind).validate_json((self.folder / name).read_bytes())
        except (OSError, ValidationError) as error:
            reason = str(error).splitlines()[0]
            raise CompareError(
                f"{self.folder} holds no results of a comparison: {reason}"
            ) from None
