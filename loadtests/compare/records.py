"""What the generator noted of each visit and of each request, as files that anybody can read."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRecord:
    """`late_ms`: how long after its due time the generator began it; `waited_ms`: then for a person.

    `done_s` is when it ended, counted from the begin of its level.
    """

    level: int
    number: int
    journey: str
    task: str
    due_s: float
    late_ms: float
    waited_ms: float
    latency_ms: float
    done_s: float
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """`own_ms` counts from when it was sent. `latency_ms` counts from the visit's due time for its
    first request, and for those that follow from their sending: nobody can send them earlier.
    """

    level: int
    visit: int
    name: str
    journey: str
    method: str
    status: int
    served_by: str
    ok: bool
    attempts: int
    latency_ms: float
    own_ms: float


Record = TypeVar("Record", VisitRecord, RequestRecord)


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Where one run keeps them."""

    folder: Path

    @property
    def visits(self) -> Path:
        return self.folder / "visits.csv"

    @property
    def requests(self) -> Path:
        return self.folder / "requests.csv"


def append(path: Path, records: Iterable[VisitRecord | RequestRecord]) -> None:
    """Add records; a new file begins with the names of the columns."""
    rows = [asdict(record) for record in records]
    if not rows:
        return
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)


def read(path: Path, kind: type[Record]) -> list[Record]:
    """All records of a file; none where none were noted."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [field.name for field in fields(kind)]
    return TypeAdapter(list[kind]).validate_python(  # type: ignore[valid-type]
        [{name: row[name] for name in names} for row in rows]
    )


def _cell(value: object) -> object:
    return f"{value:.3f}" if isinstance(value, float) else value
