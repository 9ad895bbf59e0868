"""What was measured, as ratios within one run: pure, so that it can be tested without a machine.

* **ratio**: two numbers of the same run, divided; one number says nothing on another machine.
* **target**: what a ratio (or a time) is wanted to be, at least or at most; some have none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rich.table import Table

AT_LEAST, AT_MOST = "≥", "≤"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One line of the table; `value` is None when it could not be measured."""

    name: str
    value: float | None
    target: float | None = None
    sense: str = AT_LEAST
    unit: str = "x"

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None without one, and never by what was not measured."""
        if self.target is None:
            return None
        if self.value is None or math.isnan(self.value):
            return False
        return self.value >= self.target if self.sense == AT_LEAST else self.value <= self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the bench: its ratios, and the figures they are made of."""

    name: str
    ratios: tuple[Ratio, ...]
    figures: Mapping[str, float | int | str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        return all(ratio.is_met is not False for ratio in self.ratios)

    def to_json(self) -> dict[str, object]:
        return {
            "ratios": [
                {
                    "name": ratio.name,
                    "value": None if ratio.value is None else round(ratio.value, 3),
                    "unit": ratio.unit,
                    "target": ratio.target,
                    "sense": ratio.sense,
                    "met": ratio.is_met,
                }
                for ratio in self.ratios
            ],
            "figures": dict(self.figures),
            "notes": list(self.notes),
        }


def ratio_of(part: float, whole: float) -> float | None:
    """Divide; nothing measured below the line is no ratio."""
    return part / whole if whole > 0 else None


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that so many percent do not exceed; raises ValueError for no values."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values, no percentile")
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def table_of(parts: Sequence[Part]) -> Table:
    """All ratios with their targets, and whether they were met."""
    table = Table(box=None, pad_edge=False)
    for column in ("part", "measured", "target", "met"):
        table.add_column(column, justify="left" if column == "part" else "right")
    table.columns[0].header = "ratio"
    for part in parts:
        for ratio in part.ratios:
            table.add_row(f"{part.name}: {ratio.name}", *_cells(ratio))
    return table


_MET = {True: "yes", False: "NO", None: ""}


def _cells(ratio: Ratio) -> tuple[str, str, str]:
    value = "not measured" if ratio.value is None else f"{_short(ratio.value)} {ratio.unit}"
    target = "" if ratio.target is None else f"{ratio.sense} {ratio.target:g} {ratio.unit}"
    return value, target, _MET[ratio.is_met]


def _short(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
