"""One row for each request a person made: when, what, how long, and who answered."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Self

# About one write a second at the demo's rate; a crash loses at most this many rows of numbers,
# never a line of the ledger.
ROWS_BUFFERED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A request with all its attempts: latency counts from the first one, so retries show."""

    at: float
    name: str
    journey: str
    method: str
    status: int
    latency_ms: float
    served_by: str
    ok: bool
    attempts: int = 1

    @property
    def is_write(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    @property
    def ended_at(self) -> float:
        return self.at + self.latency_ms / 1000


class SampleFile:
    """Appends whole rows in batches, so that several workers may share the file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._rows: list[Sample] = []

    def add(self, sample: Sample) -> None:
        self._rows.append(sample)
        if len(self._rows) >= ROWS_BUFFERED:
            self.flush()

    def flush(self) -> None:
        rows, self._rows = self._rows, []
        if rows:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(_cells(row) for row in rows)
            os.write(self._descriptor, text.getvalue().encode())

    def close(self) -> None:
        self.flush()
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_samples(path: Path) -> Iterator[Sample]:
    with path.open(encoding="utf-8", newline="") as rows:
        for row in csv.reader(line for line in rows if line.endswith("\n")):
            yield Sample(
                at=float(row[0]),
                name=row[1],
                journey=row[2],
                method=row[3],
                status=int(row[4]),
                latency_ms=float(row[5]),
                served_by=row[6],
                ok=row[7] == "1",
                attempts=int(row[8]),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """The distribution of some requests' latency, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    longest: float

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> Latency | None:
        values = sorted(sample.latency_ms for sample in samples)
        if not values:
            return None
        return cls(
            count=len(values),
            p50=percentile(values, 50),
            p95=percentile(values, 95),
            p99=percentile(values, 99),
            longest=values[-1],
        )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed (nearest rank)."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank), 1) - 1]


def _cells(sample: Sample) -> tuple[object, ...]:
    at, name, journey, method, status, latency, served_by, ok, attempts = astuple(sample)
    return (
        f"{at:.6f}",
        name,
        journey,
        method,
        status,
        f"{latency:.3f}",
        served_by,
        int(ok),
        attempts,
    )
